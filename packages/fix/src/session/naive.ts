/**
 * The sequence rules of a session once more, slowly and in the order in which the standard tells them: an
 * acceptor of FIX 4.4 without timers, bytes or a table. It is the oracle of `session.ts` in `naive.test.ts`,
 * as `codec/naive.ts` is that of the decoder.
 */

/** A message as far as the rules look at it. `invalid`: the dictionary does not allow it. */
export interface NaiveMessage {
  readonly msgType: 'A' | '0' | '1' | '2' | '3' | '4' | '5' | 'D';
  readonly seqNum: number;
  readonly possDup?: boolean;
  /** OrigSendingTime against SendingTime. */
  readonly original?: 'before' | 'after';
  readonly fault?: 'beginString' | 'compId' | 'time' | 'invalid';
  /** ResetSeqNumFlag of a Logon, GapFillFlag of a SequenceReset. */
  readonly flag?: boolean;
  readonly newSeqNo?: number;
  readonly beginSeqNo?: number;
  readonly endSeqNo?: number;
}

const REQUESTS_MAX = 10;

export class NaiveSession {
  /**
   * What was said and done since it was last looked at, such as `3 5`, `4 2-5`, `8 3 again`, `deliver 7`,
   * `cut`.
   */
  answers: string[] = [];
  expected = 1;
  /** Types of all messages sent, by number. */
  sent: string[] = [''];
  state: 'away' | 'awaited' | 'live' | 'leaving' = 'away';
  #early = new Map<number, NaiveMessage | 'handled'>();
  /** The number beyond the gap that was asked for; 0: nothing is missing. */
  #missingUpTo = 0;
  #asked = { from: 0, times: 0 };
  /** The answer to a ResendRequest: it is read from the store, so it follows what is said at once. */
  #again: string[] = [];
  /** Our own request waits for that. */
  #asksLater = false;

  get nextOutbound(): number {
    return this.sent.length;
  }

  connect(): void {
    this.state = 'awaited';
    this.#early.clear();
    this.#missingUpTo = 0;
    this.#asked = { from: 0, times: 0 };
  }

  close(): void {
    this.state = 'away';
    this.#early.clear();
    this.#again = [];
  }

  /** The application sends. */
  send(): void {
    this.#say('8', this.state === 'live' ? `8 ${this.nextOutbound}` : undefined);
  }

  receive(message: NaiveMessage): void {
    if (this.state === 'away') return;
    if (this.state === 'awaited') this.#enter(message);
    else this.#judge(message);
    this.#workOff();
    this.answers.push(...this.#again.splice(0));
    if (this.#asksLater && this.state === 'live' && this.#missingUpTo > 0)
      this.#say('2', `2 ${this.expected}-0`);
    this.#asksLater = false;
  }

  #say(msgType: string, answer: string | undefined): void {
    this.sent.push(msgType);
    if (answer !== undefined) this.answers.push(answer);
  }

  #cut(): void {
    this.answers.push('cut');
    this.close();
  }

  #refuse(): void {
    this.#say('5', '5');
    this.#cut();
  }

  #logOut(): void {
    if (this.state === 'leaving') return;
    this.#say('5', '5');
    this.state = 'leaving';
  }

  #enter(message: NaiveMessage): void {
    if (message.fault === 'beginString' && message.msgType !== '5') return this.#cut();
    if (message.msgType !== 'A') return this.#cut();
    if (message.fault === 'invalid') return this.#refuse();
    if (message.fault !== undefined) return this.#cut();
    if (message.flag === true) {
      if (message.seqNum !== 1) return this.#refuse();
      this.#restart();
    }
    if (message.seqNum < this.expected) return this.#refuse();
    this.state = 'live';
    this.#say('A', message.flag === true ? 'A reset' : 'A');
    if (message.seqNum === this.expected) {
      this.expected += 1;
      return;
    }
    this.#early.set(message.seqNum, 'handled');
    this.#ask(message.seqNum);
  }

  #restart(): void {
    this.expected = 1;
    this.sent = [''];
    this.#early.clear();
  }

  /** Checks in this order: version, dictionary, time, CompIDs; then the number. */
  #judge(message: NaiveMessage): void {
    const { msgType, fault } = message;
    if (fault === 'beginString' && msgType !== '5') {
      if (this.state === 'leaving') return this.#cut();
      this.#use(message);
      return this.#logOut();
    }
    if (fault === 'invalid' && msgType !== '3' && msgType !== '5') {
      this.#reject('invalid');
      if (msgType !== '4' && msgType !== 'A') this.#use(message);
      return;
    }
    if (fault === 'time' || fault === 'compId') {
      if (this.state === 'leaving') return this.#cut();
      this.#reject(fault);
      this.#use(message);
      return this.#logOut();
    }
    if (msgType === 'A') return this.#logonAgain(message);
    if (msgType === '5') return this.#logout(message);
    if (msgType === '4' && message.flag !== true) return this.#moveTo(message);
    if (message.seqNum < this.expected) return this.#tooLow(message);
    if (message.seqNum > this.expected) return this.#tooHigh(message);
    this.#take(message);
  }

  #tooLow(message: NaiveMessage): void {
    const isAsking = message.msgType === '2' && message.possDup !== true && this.state === 'live';
    if (isAsking) return this.#resend(message);
    if (message.possDup !== true) return this.state === 'leaving' ? this.#cut() : this.#refuse();
    if (this.state === 'live' && message.msgType !== '4') this.#isGoodRepetition(message);
  }

  #tooHigh(message: NaiveMessage): void {
    if (message.msgType === '2') {
      const wasMissing = this.#missingUpTo > 0 || this.state === 'leaving';
      this.#early.set(message.seqNum, 'handled');
      this.#resend(message);
      if (!wasMissing && this.state === 'live') this.#ask(message.seqNum);
      else if (!wasMissing) this.#early.delete(message.seqNum);
      return;
    }
    if (this.state === 'leaving') return;
    if (!this.#early.has(message.seqNum)) this.#early.set(message.seqNum, message);
    if (this.#missingUpTo === 0) this.#ask(message.seqNum);
  }

  #ask(upTo: number): void {
    this.#missingUpTo = upTo;
    if (this.#again.length > 0) this.#asksLater = true;
    else this.#say('2', `2 ${this.expected}-0`);
  }

  /** A message whose turn it is. */
  #take(message: NaiveMessage): void {
    if (message.msgType === '4') return this.#moveTo(message);
    if (message.msgType !== '3' && message.possDup === true && !this.#isGoodRepetition(message)) return;
    this.#use(message);
    if (message.msgType === 'D') this.answers.push(`deliver ${message.seqNum}`);
    if (message.msgType === '1') this.#say('0', '0 test');
    if (message.msgType === '2') this.#resend(message);
  }

  #isGoodRepetition(message: NaiveMessage): boolean {
    if (message.original === 'before') return true;
    this.#reject(message.original === undefined ? '1' : '10');
    this.#use(message);
    if (message.original === 'after') this.#logOut();
    return false;
  }

  #use(message: NaiveMessage): void {
    if (message.seqNum === this.expected) this.#goTo(this.expected + 1);
  }

  #goTo(next: number): void {
    this.expected = next;
    if (next > this.#missingUpTo) this.#missingUpTo = 0;
  }

  #reject(reason: string): void {
    this.#say('3', `3 ${reason}`);
  }

  #moveTo(message: NaiveMessage): void {
    const newSeqNo = message.newSeqNo ?? 0;
    if (newSeqNo < this.expected) this.#reject('5');
    else this.#goTo(newSeqNo);
  }

  #logonAgain(message: NaiveMessage): void {
    if (this.state === 'leaving') return;
    if (message.possDup === true) {
      if (message.seqNum < this.expected) this.#isGoodRepetition(message);
      else this.#use(message);
      return;
    }
    if (message.flag !== true) return this.#cut();
    if (message.seqNum !== 1) return this.#refuse();
    this.#restart();
    this.#missingUpTo = 0;
    this.expected = 2;
    this.#say('A', 'A reset');
  }

  #logout(message: NaiveMessage): void {
    if (message.possDup === true && message.seqNum < this.expected) {
      if (this.state === 'live') this.#isGoodRepetition(message);
      return;
    }
    this.#use(message);
    if (this.state === 'live') this.#say('5', '5');
    this.#cut();
  }

  #resend(message: NaiveMessage): void {
    const last = this.nextOutbound - 1;
    const from = message.beginSeqNo ?? 0;
    const end = message.endSeqNo ?? 0;
    if (from < 1 || from > last || (end !== 0 && end < from)) return this.#reject('5');
    this.#asked = from === this.#asked.from ? { from, times: this.#asked.times + 1 } : { from, times: 1 };
    if (this.#asked.times > REQUESTS_MAX) return this.#logOut();
    const to = end === 0 ? last : Math.min(end, last);
    let gapFrom = 0;
    for (let seqNum = from; seqNum <= to; seqNum++) {
      const msgType = this.sent[seqNum] as string;
      if (msgType !== '8' && msgType !== '3') {
        if (gapFrom === 0) gapFrom = seqNum;
        continue;
      }
      if (gapFrom > 0) this.#again.push(`4 ${gapFrom}-${seqNum}`);
      gapFrom = 0;
      this.#again.push(`${msgType} ${seqNum} again`);
    }
    if (gapFrom > 0) this.#again.push(`4 ${gapFrom}-${to + 1}`);
  }

  /** What came early, as soon as it is its turn; a hole that is left is asked for. */
  #workOff(): void {
    for (;;) {
      for (const seqNum of this.#early.keys()) if (seqNum < this.expected) this.#early.delete(seqNum);
      const message = this.#early.get(this.expected);
      if (message === undefined || this.state === 'away') break;
      this.#early.delete(this.expected);
      if (message === 'handled') this.#goTo(this.expected + 1);
      else this.#take(message);
    }
    if (this.state === 'live' && this.#missingUpTo === 0 && this.#early.size > 0) {
      this.#ask(Math.min(...this.#early.keys()));
    }
  }
}
