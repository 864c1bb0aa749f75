//! The sample clinic: names in the four languages, and a small PDF.

use serde_json::{Value, json};

pub const ADMIN_PASSWORD: &str = "каравай на столе 5";
pub const STAFF_PASSWORD: &str = "тихая гавань 1931";
pub const PATIENT_PHONE: &str = "+79161234567";
/// A synthetic SNILS of an unissued range with a right check sum.
pub const SNILS: &str = "910-001-022 99";
/// A synthetic OMS policy with a right check digit.
pub const OMS: &str = "9900490310944140";

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
        "phone": "+74950000000"
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
        "price": { "amount": 250_000, "currency": "RUB" }
    })
}

pub fn doctor(clinic: &str, login: &str, names: [&str; 4]) -> Value {
    json!({
        "clinicId": clinic,
        "speciality": "therapy",
        "login": login,
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
