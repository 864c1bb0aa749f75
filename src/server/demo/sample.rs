//! The sample clinic: names in the four languages, a small PDF, a picture of a screen.

use super::guest::Stumble;
use image::{ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};
use std::io::Cursor;

pub const ADMIN_PASSWORD: &str = "каравай на столе 5";
pub const STAFF_PASSWORD: &str = "тихая гавань 1931";
pub const PATIENT_PHONE: &str = "+79161234567";
/// A synthetic SNILS of an unissued range with a right check sum.
pub const SNILS: &str = "910-001-022 99";
/// A synthetic OMS policy with a right check digit.
pub const OMS: &str = "9900490310944140";

/// The oldest app that the demo serves, and one that is older.
pub const OLDEST_APP: &str = "3.0.0";
pub const OUTDATED_APP: &str = "ios/2.9.4";
/// The installation of the patient's app, which the app itself names at its first start.
pub const INSTALLATION: &str = "7a1f6c1e-40d3-4f0b-9c58-2d7f0c5b9e11";
/// A push token as APNs gives them out.
pub const PUSH_TOKEN: &str = "5e1f0a6b7c8d9e0f1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f7081";
/// Where a name stands in the screenshot: x, y, width, height.
pub const NAME_ON_SCREEN: [u32; 4] = [16, 40, 200, 24];

pub fn clinic() -> Value {
    json!({
        "names": {
            "ru": "Клиника «Пример»", "kk": "«Пример» клиникасы", "ka": "კლინიკა „პრიმერი“", "en": "Primer Clinic"
        },
        "zone": "Europe/Moscow",
        "addresses": {
            "ru": "Москва, ул. Примерная, 1", "kk": "Мәскеу, Примерная көшесі, 1", "ka": "მოსკოვი, პრიმერნაიას ქ. 1",
            "en": "1 Primernaya Street, Moscow"
        },
        "phone": "+74950000000",
        "languages": ["ru", "kk", "en"],
        "card": {
            "website": "https://primer.example", "latitude": 55.7558, "longitude": 37.6173,
            "directions": {
                "ru": "Вход со двора, первый этаж", "kk": "Кіреберіс аула жағынан, бірінші қабат",
                "ka": "შესასვლელი ეზოდან, პირველი სართული", "en": "Entrance from the yard, ground floor"
            }
        }
    })
}

pub fn service(clinic: &str) -> Value {
    json!({
        "clinicId": clinic,
        "names": {
            "ru": "Консультация терапевта", "kk": "Терапевт кеңесі", "ka": "თერაპევტის კონსულტაცია", "en": "Consultation of a physician"
        },
        "speciality": "therapy",
        "durationMinutes": 30,
        "preparation": {
            "ru": "Возьмите прежние заключения", "kk": "Бұрынғы қорытындыларды ала келіңіз",
            "ka": "თან იქონიეთ წინა დასკვნები", "en": "Bring earlier reports with you"
        },
        "prices": [{ "payer": "self", "price": { "amount": 250_000, "currency": "RUB" } }, { "payer": "dms" }]
    })
}

pub fn doctor(clinic: &str, login: &str, names: [&str; 4]) -> Value {
    json!({
        "clinicId": clinic,
        "speciality": "therapy",
        "login": login,
        "languages": ["ru", "en"],
        "names": { "ru": names[0], "kk": names[1], "ka": names[2], "en": names[3] }
    })
}

/// A one-page PDF that says who wrote it; larger than a chunk, so that ranges cross one.
pub fn pdf(text: &str) -> Vec<u8> {
    let stream = format!("BT /F1 12 Tf 40 800 Td ({text}) Tj ET");
    let mut pdf = b"%PDF-1.4\n".to_vec();
    let mut offsets = Vec::new();
    for object in [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{stream}\nendstream", stream.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ] {
        offsets.push(pdf.len());
        pdf.extend_from_slice(format!("{} 0 obj\n{object}\nendobj\n", offsets.len()).as_bytes());
    }
    // A comment as long as a scan would be.
    pdf.extend(std::iter::repeat_n(b"% a page of a scan\n", 6_000).flatten());
    let xref = pdf.len();
    pdf.extend_from_slice(format!("xref\n0 {}\n0000000000 65535 f \n", offsets.len() + 1).as_bytes());
    for offset in &offsets {
        pdf.extend_from_slice(format!("{offset:010} 00000 n \n").as_bytes());
    }
    pdf.extend_from_slice(
        format!("trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{xref}\n%%EOF\n", offsets.len() + 1).as_bytes(),
    );
    pdf
}

/// A picture of the app's screen, as PNG: grey rows of text, and one of them a name.
pub fn screenshot() -> Result<Vec<u8>, Stumble> {
    let picture = RgbImage::from_fn(320, 240, |x, y| {
        let is_text = y % 40 < 24 && (16..216).contains(&x) && (x + y) % 5 < 3;
        if is_text { Rgb([90, 110, 140]) } else { Rgb([245, 245, 248]) }
    });
    let mut png = Cursor::new(Vec::new());
    picture.write_to(&mut png, ImageFormat::Png).map_err(|error| error.to_string())?;
    Ok(png.into_inner())
}
