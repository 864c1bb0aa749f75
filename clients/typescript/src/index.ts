// The client of an app: typed calls from the contract, the session's tokens, and problems as one kind of error.

import createClient, { type Client, type Middleware } from "openapi-fetch";
import type { components, paths } from "./contract.js";

export type Schemas = components["schemas"];
export type Problem = Schemas["Problem"];
export type { paths };

/** A refusal, as RFC 9457 describes it. Branch on `problem.code`: it is stable; its texts are for people. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem,
  ) {
    super(`${status} ${problem.code}`);
    this.name = "Refusal";
  }
}

export interface Tokens {
  accessToken: string;
  refreshToken: string;
}

export interface Options {
  baseUrl: string;
  /** The language of texts and problems: ru, kk, ka or en. */
  language: string;
  /** Called with each new pair, and with nothing when the session has ended: keep them where the platform keeps secrets. */
  onTokens?: (tokens: Tokens | undefined) => void;
  tokens?: Tokens;
}

/** The API with a session. */
export class Feldsher {
  readonly api: Client<paths>;
  #tokens: Tokens | undefined;
  #refreshing: Promise<boolean> | undefined;

  constructor(private readonly options: Options) {
    this.#tokens = options.tokens;
    this.api = createClient<paths>({ baseUrl: options.baseUrl, headers: { "Accept-Language": options.language } });
    this.api.use(this.#session());
  }

  /** Takes the answer of `POST /v1/auth/tokens`. */
  signedIn(tokens: Tokens): void {
    this.#keep({ accessToken: tokens.accessToken, refreshToken: tokens.refreshToken });
  }

  signedOut(): void {
    this.#keep(undefined);
  }

  #keep(tokens: Tokens | undefined): void {
    this.#tokens = tokens;
    this.options.onTokens?.(tokens);
  }

  // Adds the access token. A refused one is refreshed once for all calls that wait, and the call is repeated.
  #session(): Middleware {
    const repeatable = new Map<string, Request>();
    return {
      onRequest: ({ request, id }) => {
        if (this.#tokens && !isSignIn(request)) {
          request.headers.set("Authorization", `Bearer ${this.#tokens.accessToken}`);
          repeatable.set(id, request.clone());
        }
        return request;
      },
      onResponse: async ({ request, response, id }) => {
        const again = repeatable.get(id);
        repeatable.delete(id);
        if (response.status !== 401 || !again) {
          return response;
        }
        const used = request.headers.get("Authorization");
        const isStale = used !== `Bearer ${this.#tokens?.accessToken}`;
        if (!this.#tokens || !(isStale || (await this.#refresh()))) {
          return response;
        }
        again.headers.set("Authorization", `Bearer ${this.#tokens.accessToken}`);
        return fetch(again);
      },
      onError: ({ id }) => {
        repeatable.delete(id);
      },
    };
  }

  async #refresh(): Promise<boolean> {
    this.#refreshing ??= this.#askForPair().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #askForPair(): Promise<boolean> {
    const refreshToken = this.#tokens?.refreshToken;
    if (!refreshToken) {
      return false;
    }
    const { data, response } = await this.api.POST("/v1/auth/tokens", { body: { grant: "refresh", refreshToken } });
    if (data) {
      this.signedIn(data);
      return true;
    }
    // Only a refusal ends the session; a server that is away does not.
    if (response.status === 400 || response.status === 401) {
      this.signedOut();
    }
    return false;
  }
}

function isSignIn(request: Request): boolean {
  const path = new URL(request.url).pathname;
  return path === "/v1/auth/codes" || (path === "/v1/auth/tokens" && request.method === "POST");
}

interface Answered<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** What was answered, or a `Refusal`. */
export async function take<T>(answer: Promise<Answered<T>>): Promise<NonNullable<T>> {
  const { data, error, response } = await answer;
  if (!response.ok) {
    throw new Refusal(response.status, error as Problem);
  }
  return data as NonNullable<T>;
}

/** A key for one intention of the user: repeat the call with the same key and it takes effect once. */
export function newKey(): string {
  return crypto.randomUUID();
}
