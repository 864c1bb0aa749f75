// A patient's main calls against a sandbox: `node dist/smoke/journey.js http://127.0.0.1:8080 path/of/the/claim/token`.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Feldsher, Refusal, newKey, take, type Tokens } from "../src/index.js";
import { makeClinic } from "./clinic.js";

const PHONE = "+79161234567";

const [baseUrl, claimFile] = process.argv.slice(2);
assert(baseUrl && claimFile, "usage: journey.js URL CLAIM_FILE");
const clinic = await makeClinic(baseUrl, claimFile);
const kept: { tokens?: Tokens | undefined } = {};
const app = new Feldsher({ baseUrl, language: "en", onTokens: (tokens) => (kept.tokens = tokens) });
const { api } = app;
const key = () => ({ "Idempotency-Key": newKey() });
const today = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

// He signs in by a code.
await signIn();

// Before the acceptance no personal field is taken, and the refusal can be branched on.
const profile = { surname: "Smirnov", givenName: "Alexey", birthDate: "1984-05-17" } as const;
await assert.rejects(
  take(api.PUT("/v1/me/profile", { body: profile })),
  (error) => error instanceof Refusal && error.problem.code === "acceptance_required",
);
const policy = await take(api.GET("/v1/policies/current"));
const { version, textHash, language } = policy;
await take(api.POST("/v1/me/acceptances", { params: { header: key() }, body: { version, textHash, language } }));
await take(api.PUT("/v1/me/profile", { body: profile }));

// His app registers itself on this device. The push token goes with the session, and is not sent back.
const installationId = "7a1f6c1e-40d3-4f0b-9c58-2d7f0c5b9e11";
const device = await take(
  api.PUT("/v1/devices/{installationId}", {
    params: { path: { installationId } },
    body: {
      platform: "android",
      model: "Pixel 8",
      osVersion: "16",
      appVersion: "1.0.0",
      locale: "en-GB",
      pushTokens: [{ kind: "fcmToken", token: "a-registration-token-of-the-smoke-journey" }],
    },
  }),
);
assert.deepEqual([device.current, device.pushKinds], [true, ["fcmToken"]]);

// He finds a slot and books it; the same key is the same booking.
const path = { id: clinic.doctorId };
const query = { from: today(1), to: today(7), serviceId: clinic.serviceId };
const { items } = await take(api.GET("/v1/doctors/{id}/slots", { params: { path, query } }));
const slot = items[0];
assert(slot, "a free slot");
const header = key();
const booking = { doctorId: clinic.doctorId, serviceId: clinic.serviceId, startsAt: slot.startsAt };
const booked = await take(api.POST("/v1/bookings", { params: { header }, body: booking }));
const again = await take(api.POST("/v1/bookings", { params: { header }, body: booking }));
assert.equal(again.id, booked.id);
await assert.rejects(
  take(api.POST("/v1/bookings", { params: { header: key() }, body: booking })),
  (error) => error instanceof Refusal && error.status === 409 && error.problem.code === "slot_taken",
);

// The inbox says what has happened. What reached his phone says only that there is something.
const inbox = await take(api.GET("/v1/notifications", { params: { query: { limit: 20 } } }));
const told = inbox.items.find((item) => item.kind === "bookingConfirmed");
assert(told && told.objectId === booked.id && inbox.unread > 0, "a notice of the booking");
await take(api.POST("/v1/notifications/read", { body: { upTo: told.id } }));

// He asks the clinic's operator, once even when the message is sent twice.
const conversation = await take(
  api.POST("/v1/conversations", { params: { header: key() }, body: { with: "operator", clinicId: clinic.clinicId } }),
);
const talk = { id: conversation.id };
const sent = { params: { path: talk, header: key() }, body: { text: "May I bring my dog?", documentIds: [] } };
const said = await take(api.POST("/v1/conversations/{id}/messages", sent));
assert.equal((await take(api.POST("/v1/conversations/{id}/messages", sent))).id, said.id);
const messages = await take(api.GET("/v1/conversations/{id}/messages", { params: { path: talk } }));
assert.deepEqual(
  messages.items.map((message) => message.text),
  ["May I bring my dog?"],
);

// He uploads a document and reads it back.
const bytes = new TextEncoder().encode(`%PDF-1.4\n${"% a page\n".repeat(20_000)}%%EOF\n`);
const declared = await take(
  api.POST("/v1/documents", {
    params: { header: key() },
    body: {
      kind: "upload",
      title: "Blood test",
      fileName: "blood.pdf",
      mediaType: "application/pdf",
      sizeBytes: bytes.length,
      sha256: createHash("sha256").update(bytes).digest("hex"),
    },
  }),
);
const content = `${baseUrl}/v1/documents/${declared.id}/content`;
const authorized = () => ({ Authorization: `Bearer ${kept.tokens?.accessToken}` });
const put = await fetch(content, { method: "PUT", headers: { ...authorized(), "Content-Type": "application/pdf" }, body: bytes });
assert(put.ok, `the bytes were refused: ${put.status}`);
const part = await fetch(content, { headers: { ...authorized(), Range: "bytes=65530-65549" } });
assert.equal(part.status, 206);
assert.deepEqual(new Uint8Array(await part.arrayBuffer()), bytes.slice(65_530, 65_550));

// A quarter of an hour later the access token is over; the client refreshes it once for all calls that wait.
const before = kept.tokens?.accessToken;
await sandbox("POST", "/sandbox/clock", { advanceSeconds: 1000 });
const [me, list] = await Promise.all([take(api.GET("/v1/me")), take(api.GET("/v1/bookings"))]);
assert.notEqual(kept.tokens?.accessToken, before);
assert.equal(list.items.length, 1);
assert.equal(me.profile?.surname, "Smirnov");

// He cancels, asks for the deletion with a fresh sign-in, and the account is closed to him.
const cancelled = await take(api.POST("/v1/bookings/{id}/cancel", { params: { path: { id: booked.id } } }));
assert.equal(cancelled.state, "cancelled");
await assert.rejects(
  take(api.DELETE("/v1/me")),
  (error) => error instanceof Refusal && error.problem.code === "step_up_required",
);
await signIn();
await take(api.DELETE("/v1/me"));
await assert.rejects(
  take(api.GET("/v1/bookings")),
  (error) => error instanceof Refusal && error.problem.code === "deletion_pending",
);
console.log("the journey succeeded");

async function sandbox(method: string, path: string, body?: unknown): Promise<unknown> {
  const init = body ? { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } } : {};
  const answer = await fetch(`${baseUrl}${path}`, { method, ...init });
  assert(answer.ok, `${method} ${path}: ${answer.status}`);
  return answer.json();
}

async function signIn(): Promise<void> {
  const before = (await textsTo(PHONE)).length;
  const { challengeId } = await take(api.POST("/v1/auth/codes", { body: { channel: "sms", to: PHONE } }));
  const code = await codeAmong(async () => (await textsTo(PHONE)).slice(before));
  app.signedIn(await take(api.POST("/v1/auth/tokens", { body: { grant: "code", challengeId, code } })));
}

async function textsTo(phone: string): Promise<string[]> {
  const { items } = (await sandbox("GET", "/sandbox/messages")) as { items: { to: string; text: string }[] };
  return items.filter((message) => message.to === phone).map((message) => message.text);
}

/** The digits of the SMS, which arrives a moment later. */
async function codeAmong(texts: () => Promise<string[]>): Promise<string> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const digits = (await texts()).map((text) => text.match(/\d{6}/)?.[0]).find(Boolean);
    if (digits) {
      return digits;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("no message came");
}
