/** The OpenAPI document and the controllers name the same routes: neither knows one that the other lacks. */
import 'reflect-metadata';
import { RequestMethod, type Type } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { ApiKeysController } from './api.keys.controller.ts';
import { AuditController } from './audit/audit.controller.ts';
import { AlertsController } from './alerts.controller.ts';
import { BloombergController } from './bloomberg.controller.ts';
import { HistoryController } from './history.controller.ts';
import { MarketController } from './market.controller.ts';
import { openApiDocument } from './openapi.ts';
import { ConfigurationController } from './configuration/configuration.controller.ts';
import { UsersController } from './configuration/users.controller.ts';
import { CasesController } from './cases.controller.ts';
import { InstancesController } from './instances.controller.ts';
import { FixSessionsController } from './fix.sessions.controller.ts';
import { OperationsController } from './operations.controller.ts';
import { PositionsController } from './positions.controller.ts';
import { RiskController } from './risk.controller.ts';
import { StopsController } from './stops.controller.ts';
import { OrdersController } from './orders.controller.ts';
import { methodsAt, reducesRisk, routes } from './routes.ts';
import { QualityController } from './quality.controller.ts';
import { SessionController } from './session.controller.ts';
import { WorkspacesController } from './workspaces.controller.ts';

const controllers: readonly Type[] = [
  SessionController,
  MarketController,
  OrdersController,
  PositionsController,
  HistoryController,
  FixSessionsController,
  OperationsController,
  InstancesController,
  RiskController,
  StopsController,
  CasesController,
  AlertsController,
  QualityController,
  ApiKeysController,
  AuditController,
  BloombergController,
  ConfigurationController,
  UsersController,
  WorkspacesController,
];

interface Served {
  readonly name: string;
  readonly status: number | undefined;
  readonly isPublic: boolean;
  readonly needs: unknown;
  readonly handler: object;
}

function servedBy(controller: Type): Served[] {
  const base = Reflect.getMetadata('path', controller) as string;
  const prototype = controller.prototype as Record<string, unknown>;
  const members = Object.getOwnPropertyNames(prototype).filter((member) => member !== 'constructor');
  return members.flatMap((member) => {
    const handler = prototype[member] as object;
    const path = Reflect.getMetadata('path', handler) as string | undefined;
    if (path === undefined) return [];
    const method = RequestMethod[Reflect.getMetadata('method', handler) as number]!.toLowerCase();
    return [
      {
        name: `${method} /${base}/${path.replaceAll(/:(\w+)/g, '{$1}')}`,
        status: Reflect.getMetadata('__httpCode__', handler) as number | undefined,
        handler,
        isPublic: Reflect.getMetadata('tidegate:public', handler) === true,
        needs: Reflect.getMetadata('tidegate:needs', handler) as unknown,
      },
    ];
  });
}

const served = controllers.flatMap(servedBy);

describe('routes', () => {
  it('are those of the controllers, exactly', () => {
    const listed = routes.map(({ method, path }) => `${method} ${path}`);
    expect(listed.toSorted()).toEqual(served.map(({ name }) => name).toSorted());
    expect(new Set(listed).size).toBe(listed.length);
  });

  it('promise the status that is sent, and say what needs no token or which right', () => {
    for (const route of routes) {
      const one = served.find(({ name }) => name === `${route.method} ${route.path}`)!;
      expect([one.name, route.status ?? 200]).toEqual([one.name, one.status ?? 200]);
      expect([one.name, route.isPublic ?? false]).toEqual([one.name, one.isPublic]);
      expect([one.name, route.needs]).toEqual([one.name, one.needs]);
    }
  });

  it('are all in the OpenAPI document, each with its security and its refusals', () => {
    const { paths } = openApiDocument('1.0.0') as { paths: Record<string, Record<string, object>> };
    const documented = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(documented.toSorted()).toEqual(served.map(({ name }) => name).toSorted());
    for (const methods of Object.values(paths)) {
      for (const operation of Object.values(methods)) {
        expect(operation).toHaveProperty(['responses', 'default', 'content', 'application/problem+json']);
        expect(operation).toHaveProperty('security');
      }
    }
  });

  it('that only reduce risk are these, and no rate holds them up', () => {
    const calls = served.flatMap(({ name, handler }) => {
      const [method, path] = name.split(' ') as [string, string];
      const at = path.replaceAll(/\{(\w+)\}/g, ':$1');
      const when = [{ state: 'halted' }, { state: 'active' }, { state: 'reducing' }, undefined].map((body) =>
        reducesRisk(method.toUpperCase(), at, body),
      );
      if (when.includes(true)) expect(Reflect.getMetadata('tidegate:unthrottled', handler)).toBe(true);
      return when.includes(true) ? [[name, when]] : [];
    });
    expect(calls).toEqual([
      ['post /api/v1/orders/cancel-all', [true, true, true, true]],
      ['post /api/v1/orders/{orderId}/cancel', [true, true, true, true]],
      ['post /api/v1/trading-state', [true, false, false, false]],
      ['post /api/v1/stops', [true, true, true, true]],
    ]);
    for (const body of [null, 'halted', ['halted'], { state: ['halted'] }, { State: 'halted' }])
      expect(reducesRisk('POST', '/api/v1/trading-state', body)).toBe(false);
    expect(reducesRisk('GET', '/api/v1/trading-state', { state: 'halted' })).toBe(false);
    expect(reducesRisk('POST', '/api/v1/orders/x/cancel', {})).toBe(false);
  });

  it('tell which methods a path takes', () => {
    expect(methodsAt('/api/v1/orders')).toEqual(['POST', 'GET']);
    expect(methodsAt('/api/v1/orders/demo1.1/cancel')).toEqual(['POST']);
    expect(methodsAt('/api/v1/orders/demo1.1/cancel/more')).toEqual([]);
    expect(methodsAt('/api/v1/orderS')).toEqual([]);
  });
});
