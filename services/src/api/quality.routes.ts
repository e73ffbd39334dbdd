/** The routes of data quality, as data. */
import {
  qualityExcuseRequest,
  qualityMarkRequest,
  qualityPages,
  qualityPeriodDetail,
} from '@tidegate/wire/quality';
import type { Route } from './routes.ts';

const range = ['from', 'to', 'source', 'instrument', 'limit', 'before'] as const;
const marks = {
  acknowledge: 'Say that somebody looks at a problem period',
  annotate: 'Write something down of a problem period',
  excuse: 'Take a problem period out of the excused availability, or put it back',
} as const;

export const qualityRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/api/v1/quality/states',
    needs: 'seeQuality',
    summary: 'States of data by source and instrument: those that hold now, or held within a time',
    tag: 'quality',
    answer: qualityPages.states,
    query: range,
  },
  {
    method: 'get',
    path: '/api/v1/quality/availability',
    needs: 'seeQuality',
    summary: 'Availability, raw and excused, by hour, day or as a whole',
    tag: 'quality',
    answer: qualityPages.availability,
    query: [...range, 'grain'],
  },
  {
    method: 'get',
    path: '/api/v1/quality/periods',
    needs: 'seeQuality',
    summary: 'Problem periods, newest first',
    tag: 'quality',
    answer: qualityPages.periods,
    query: [...range, 'open', 'state', 'order'],
  },
  {
    method: 'get',
    path: '/api/v1/quality/periods/{id}',
    needs: 'seeQuality',
    summary: 'A problem period with what people said of it, its parts and the orders within it',
    tag: 'quality',
    answer: qualityPeriodDetail,
  },
  ...(['acknowledge', 'annotate', 'excuse'] as const).map((action) => ({
    method: 'post' as const,
    path: `/api/v1/quality/periods/{id}/${action}`,
    needs: 'judgeQuality' as const,
    summary: marks[action],
    tag: 'quality',
    body: action === 'excuse' ? qualityExcuseRequest : qualityMarkRequest,
    answer: qualityPeriodDetail,
  })),
  {
    method: 'get',
    path: '/api/v1/statistics/instruments',
    needs: 'seeQuality',
    summary: 'Statistics of instruments and providers by minute, hour or day, newest first',
    tag: 'quality',
    answer: qualityPages.statistics,
    query: [...range, 'grain'],
  },
];
