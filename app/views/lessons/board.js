// The class board, in the browser: a lecturer leads a room through a lesson, the others follow and say what they predict.
// The server is asked again and again, less often while it does not answer, and not at all while nobody looks. What was
// to be sent is sent when it answers again; a room that was lost with the server is opened anew.

const LETTERS = "BCDFGHJKMNPRSTWXZ"; // of a code, as in board.py
const LENGTH = 5;
const TOKEN = "Unrolled-Token";
const KEPT = "unrolled.room"; // in the tab's own storage: a page that is loaded anew is in the same room
const ANSWER = 8000; // ms after which a server does not answer
const RETRY = { first: 1000, longest: 8000 }; // ms before it is asked again, twice as long each time
const PATIENCE = 8; // times that a participant asks for a room that was there, until its lecturer opens it anew
const DRAWS = 4; // codes that are tried where somebody has the same
const [NOT_FOUND, GONE, TOO_MANY, TAKEN] = [404, 410, 429, 403];

/**
 * What the screen shows of a room.
 * @typedef {object} RoomState
 * @property {string} code
 * @property {boolean} isLecturer
 * @property {boolean} isThere whether the server has answered for it once
 * @property {boolean} isOver whether it was closed, or could not be entered; `problem` says why
 * @property {string} problem what is amiss, as a sentence; empty where nothing is
 * @property {string} lesson
 * @property {number} step
 * @property {boolean} isHeld whether the lecturer holds back what comes out
 * @property {number} present who is there, for the lecturer
 * @property {number} answered who has answered at this step, for the lecturer
 */

/** @typedef {"choice" | "number" | "curve"} Kind what is predicted: a place in a list, a number, points [x, y] */

export class Board {
  /**
   * @param {object} options
   * @param {string} options.home address of the server's routes, with a slash at its end
   * @param {{offline: string}} options.texts
   * @param {(state: RoomState) => void} options.onState called when anything of it has changed
   */
  constructor({ home, texts, onState }) {
    Object.assign(this, { home, texts, onState });
    this.turns = 0; // rooms that were opened or joined: what is answered for an earlier one is not heard
    this.seen = () => document.hidden || this.turn();
    document.addEventListener("visibilitychange", this.seen);
    this.forget();
  }

  /** Whether it is in a room. */
  get isIn() {
    return Boolean(this.state.code) && !this.state.isOver;
  }

  /** Open a room at a step of a lesson. */
  open(lesson, step, isHeld) {
    this.begin({ code: drawnCode(), token: drawnToken(), isLecturer: true });
    this.show(lesson, step, isHeld);
  }

  /** Enter a room as a participant: the same one where the page is loaded anew. */
  join(written) {
    const [code, kept] = [codeOf(written), recalled()];
    const isSame = kept && !kept.isLecturer && kept.code === code;
    this.begin(isSame ? kept : { code, token: drawnToken(), isLecturer: false });
    this.turn();
  }

  /**
   * Go on where this tab was before its page was loaded anew: as a lecturer, or as a participant.
   * @returns {boolean} whether it was in a room
   */
  resume(lesson, step, isHeld) {
    const kept = recalled();
    if (!kept) return false;
    this.begin(kept);
    if (kept.isLecturer) this.show(lesson, step, isHeld);
    else this.turn();
    return true;
  }

  /** Lead the room to a step of a lesson. */
  show(lesson, step, isHeld) {
    this.wanted = { lesson, step, held: isHeld };
    this.turn();
  }

  /**
   * Say what is predicted at a step, in place of what was said before.
   * @param {number} step
   * @param {Kind} kind
   * @param {number | [number, number][]} value
   */
  send(step, kind, value) {
    this.mine.set(step, { body: { step, kind, value }, isSent: false });
    this.turn();
  }

  /**
   * A link into the room as a picture.
   * @param {string} link
   * @returns {Promise<Blob>}
   */
  async picture(link) {
    return (await this.ask("GET", `/qr?link=${encodeURIComponent(link)}`)).blob();
  }

  /**
   * What everybody has predicted at a step.
   * @param {number} step
   * @returns {Promise<Partial<Record<Kind, any[]>>>}
   */
  async predictions(step) {
    const answer = await this.ask("GET", `/predictions?step=${step}`);
    return (await answer.json()).predictions;
  }

  /** Close the room, as its lecturer; leave it, as a participant. */
  close() {
    if (this.state.isLecturer && this.isIn) this.ask("DELETE", "").catch(() => {}); // it ends with its hour
    keep(null);
    this.forget();
    this.onState(this.state);
  }

  /** The page is left: the room goes on. */
  destroy() {
    document.removeEventListener("visibilitychange", this.seen);
    this.forget();
  }

  forget() {
    this.turns++;
    clearTimeout(this.timer);
    this.kept = null;
    this.mine = new Map(); // what was predicted, by step
    this.wanted = null; // what the lecturer shows and has not told yet
    this.room = this.tag = "";
    this.busy = this.again = false;
    this.failures = this.missing = 0;
    this.draws = DRAWS;
    this.delay = 1000;
    this.state = {
      code: "",
      isLecturer: false,
      isThere: false,
      isOver: false,
      problem: "",
      lesson: "",
      step: 0,
      isHeld: false,
      present: 0,
      answered: 0,
    };
  }

  begin(kept) {
    this.forget();
    this.kept = kept;
    keep(kept);
    this.tell({ code: kept.code, isLecturer: kept.isLecturer });
  }

  tell(changes) {
    const before = this.state;
    this.state = { ...before, ...changes };
    if (Object.keys(changes).some((name) => before[name] !== changes[name])) this.onState(this.state);
  }

  // Ask once; whoever wants something meanwhile is asked for right after.
  async turn() {
    if (!this.isIn) return;
    this.again = true;
    if (this.busy) return;
    clearTimeout(this.timer);
    const turn = this.turns;
    this.busy = true;
    while (this.again && turn === this.turns) {
      this.again = false;
      try {
        await this.exchange(turn);
        if (turn === this.turns) this.failures = 0;
      } catch (error) {
        if (turn === this.turns) this.fail(error);
      }
    }
    if (turn !== this.turns) return; // another room was entered, or none
    this.busy = false;
    if (!this.isIn || (document.hidden && !this.hasUnsent())) return;
    const slower = Math.min(RETRY.first * 2 ** (this.failures - 1), RETRY.longest);
    const delay = this.failures ? Math.max(slower, this.delay) : this.delay;
    this.timer = setTimeout(() => this.turn(), delay * (0.85 + 0.3 * Math.random())); // a class does not ask at once
  }

  hasUnsent() {
    return Boolean(this.wanted) || this.unsent().length > 0;
  }

  unsent() {
    return [...this.mine.values()].filter(({ isSent }) => !isSent);
  }

  async exchange(turn) {
    const { wanted } = this;
    const answer = wanted
      ? await this.ask("PUT", "", wanted)
      : await this.ask("GET", "", undefined, this.tag && { "If-None-Match": this.tag });
    const found = answer.status === 304 ? null : await answer.json();
    if (turn !== this.turns) return;
    if (wanted === this.wanted) this.wanted = null;
    this.tag = answer.headers.get("ETag") ?? "";
    if (found) this.hear(found);
    else this.tell({ problem: "" });
    for (const prediction of this.unsent()) await this.deliver(prediction, turn);
  }

  hear({ room, lesson, step, held, again, present = 0, answered = 0 }) {
    if (this.room && room !== this.room) { for (const prediction of this.mine.values()) prediction.isSent = false; }
    this.room = room;
    this.missing = 0;
    this.delay = 1000 * again;
    this.tell({ isThere: true, problem: "", lesson, step, isHeld: held, present, answered });
  }

  async deliver(prediction, turn) {
    prediction.isSent = true;
    try {
      await this.ask("PUT", "/predictions", prediction.body);
    } catch (error) {
      if (turn !== this.turns) return;
      if (error.isPassing || error.status === NOT_FOUND || error.status === GONE) {
        prediction.isSent = false;
        throw error;
      }
      this.tell({ problem: error.sentence }); // it is of no use to send it again
    }
  }

  fail(error) {
    this.failures++;
    const { isLecturer, isThere, lesson, step, isHeld } = this.state;
    if (error.isPassing) {
      if (this.failures > 1 || error.sentence) this.tell({ problem: error.sentence || this.texts.offline });
    } else if (isLecturer && error.status === NOT_FOUND) {
      this.wanted ??= { lesson, step, held: isHeld };
      this.again = this.failures === 1;
    } else if (isLecturer && error.status === TAKEN && !isThere && --this.draws > 0) {
      this.kept = { ...this.kept, code: drawnCode() };
      keep(this.kept);
      this.tell({ code: this.kept.code });
      this.again = true;
    } else if (!isLecturer && error.status === NOT_FOUND && isThere && ++this.missing < PATIENCE) {
      this.tell({ problem: error.sentence });
    } else {
      keep(null);
      this.tell({ isOver: true, problem: error.sentence });
    }
  }

  async ask(method, path, body, headers = {}) {
    let answer;
    try {
      answer = await fetch(`${this.home}room/${this.kept.code}${path}`, {
        method,
        headers: { [TOKEN]: this.kept.token, ...headers },
        body: body && JSON.stringify(body),
        signal: AbortSignal.timeout(ANSWER),
        keepalive: method === "DELETE",
      });
    } catch {
      throw Object.assign(new Error("no answer"), { isPassing: true, sentence: "" });
    }
    if (answer.ok || answer.status === 304) return answer;
    const { problem = "" } = await answer.json().catch(() => ({}));
    const { status } = answer;
    throw Object.assign(new Error(problem), {
      status,
      sentence: problem,
      isPassing: status >= 500 || status === TOO_MANY,
    });
  }
}

/** The code of the room that this tab has opened; empty where there is none. */
export function codeLed() {
  const kept = recalled();
  return kept?.isLecturer ? kept.code : "";
}

/**
 * A code as it is meant: in capitals, without what somebody writes between the letters.
 * @param {string} written
 */
export function codeOf(written) {
  return written.toUpperCase().replace(/[^A-Z]/g, "");
}

/** Whether a text is a code. */
export function isCode(written) {
  const code = codeOf(written);
  return code.length === LENGTH && [...code].every((letter) => LETTERS.includes(letter));
}

function drawnCode() {
  let code = "";
  while (code.length < LENGTH) {
    const [byte] = crypto.getRandomValues(new Uint8Array(1));
    if (byte < 255) code += LETTERS[byte % LETTERS.length]; // 255 is 15 times as many as there are letters
  }
  return code;
}

function drawnToken() {
  const bytes = crypto.getRandomValues(new Uint8Array(18));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");
}

// A browser that keeps nothing throws when it is asked to.
function keep(room) {
  try {
    if (room) sessionStorage.setItem(KEPT, JSON.stringify(room));
    else sessionStorage.removeItem(KEPT);
  } catch {
    // a page that is loaded anew is a new participant
  }
}

function recalled() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT));
  } catch {
    return null;
  }
}
