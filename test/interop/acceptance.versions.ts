/** The sessions that the field's acceptance suites log on to, and what differs between their versions. */

export interface Party {
  readonly name: string;
  readonly beginString: string;
  /** Our CompID; theirs is ISLD. */
  readonly compId: string;
  /** Fields that every Logon of ours ends with. */
  readonly logonFields: string;
  /** `to` of an open ResendRequest. */
  readonly infinity: string;
  /** Body of a NewOrderSingle for the symbol. */
  order(symbol: string): string;
  /** From 4.2 on: SendingTime with milliseconds, SecurityDefinition, BusinessMessageReject. */
  readonly isModern: boolean;
}

function party(beginString: string, compId: string, logonFields = ''): Party {
  const isModern = !/^FIX\.4\.[01]$/.test(beginString);
  return {
    name: compId,
    beginString,
    compId,
    logonFields,
    infinity: isModern ? '0' : '999999',
    order: (symbol) =>
      isModern ? `11=ID|21=3|40=1|54=1|55=${symbol}|60=<TIME>` : `11=ID|21=3|38=100|40=1|54=1|55=${symbol}`,
    isModern,
  };
}

export const parties: readonly Party[] = [
  party('FIX.4.0', 'TW40'),
  party('FIX.4.1', 'TW41'),
  party('FIX.4.2', 'TW42'),
  party('FIX.4.3', 'TW43'),
  party('FIX.4.4', 'TW44'),
  party('FIXT.1.1', 'TW50', '|1137=7'),
  party('FIXT.1.1', 'TW50SP1', '|1137=8'),
  party('FIXT.1.1', 'TW50SP2', '|1137=9'),
  party('FIX.4.4', 'TW'),
];

/** The session that lets empty fields pass. */
export const lenient: Party = party('FIX.4.4', 'NO_CHECK_FIELDS_HAVE_VALUES');
