// Makes a clinic in a fresh sandbox, as its administrator would: what the patient's journey needs to stand on.

import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Feldsher, newKey, take } from "../src/index.js";

const PASSWORD = "каравай на столе 5";

export interface Clinic {
  clinicId: string;
  serviceId: string;
  doctorId: string;
}

/** `claimFile` holds the one-time token that the server wrote at its first start. */
export async function makeClinic(baseUrl: string, claimFile: string): Promise<Clinic> {
  const admin = new Feldsher({ baseUrl, language: "en" });
  const { api } = admin;
  const token = (await readFile(claimFile, "utf8")).split("\n")[0] ?? "";
  const claim = { token, login: "admin", name: "Anna Admin", password: PASSWORD };
  const enrolment = await take(api.POST("/v1/installation/claim", { body: claim }));
  const totp = totpNow(enrolment.totpSecret);
  admin.signedIn(await take(api.POST("/v1/auth/tokens", { body: { grant: "password", login: "admin", password: PASSWORD, totp } })));

  const same = (name: string) => ({ ru: name, kk: name, ka: name, en: name });
  const key = () => ({ params: { header: { "Idempotency-Key": newKey() } } });
  const clinic = await take(
    api.POST("/v1/staff/clinics", {
      ...key(),
      body: { names: same("Primer Clinic"), zone: "Europe/Moscow", addresses: same("1 Primernaya Street"), phone: "+74950000000" },
    }),
  );
  const service = await take(
    api.POST("/v1/staff/services", {
      ...key(),
      body: { clinicId: clinic.id, names: same("Consultation"), speciality: "therapy", durationMinutes: 30 },
    }),
  );
  const doctor = await take(
    api.POST("/v1/staff/doctors", {
      body: { clinicId: clinic.id, speciality: "therapy", login: "ivanova", names: same("Ivanova Maria") },
    }),
  );
  const hours = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, from: "08:00", to: "20:00" }));
  await take(api.PUT("/v1/staff/doctors/{id}/hours", { params: { path: { id: doctor.id } }, body: { hours } }));
  return { clinicId: clinic.id, serviceId: service.id, doctorId: doctor.id };
}

/** RFC 6238 with SHA-1, 30 seconds and six digits. */
function totpNow(secret: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const digest = createHmac("sha1", key).update(counter).digest();
  const offset = (digest.at(-1) ?? 0) & 15;
  return ((digest.readUInt32BE(offset) & 0x7fff_ffff) % 1_000_000).toString().padStart(6, "0");
}
