//! The slip that a patient takes home: one page of HTML to be printed, without a script and with nothing loaded. It doesn't
//! say whose it is, for it may be lost. Its QR code leads to the sign-in with the login behind the `#`, which browsers send
//! to nobody; the password is on the paper alone.

use crate::app::catalogue;
use crate::app::html::escaped;
use crate::app::profile::Profile;
use crate::clinic::identity::credentials::Issued;
use crate::kernel::error::{Error, Result};
use crate::kernel::lang::Lang;
use qrcode::{Color, QrCode};
use std::fmt::Write;

/// Light modules around the code, without which readers don't find it (ISO/IEC 18004).
const QUIET: usize = 4;

const HEAD: &str = "<meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
                    style-src 'unsafe-inline'\"><meta name=\"referrer\" content=\"no-referrer\"><style>\
                    @page{size:A5;margin:12mm}body{font:14px/1.5 sans-serif;max-width:36em;margin:1em auto}\
                    dt{color:#555}dd{margin:0 0 .6em;font:bold 20px monospace;overflow-wrap:anywhere}\
                    svg{width:42mm;height:42mm;float:right}</style>";

pub fn print(profile: &Profile, lang: Lang, issued: &Issued) -> Result<String> {
    let text = |key: &str| escaped(&catalogue::text(lang, key, &[]));
    let day = issued.until.with_timezone(&profile.notices.zone).format("%d.%m.%Y").to_string();
    let until = escaped(&catalogue::text(lang, "slip-until", &[("day", day.into())]));
    let address = &profile.credentials.sign_in_address;
    let code = qr_code(&format!("{address}#login={}", issued.login))?;
    let title = text("slip-title");
    Ok(format!(
        "<!doctype html><html lang=\"{lang}\"><head><title>{title}</title>{HEAD}</head><body><h1>{title}</h1>{code}<p>{}</p><dl>\
         <dt>{}</dt><dd>{}</dd><dt>{}</dt><dd>{}</dd><dt>{}</dt><dd>{}</dd></dl><p>{until}</p><p>{}</p><p>{}</p></body></html>\n",
        escaped(profile.operator.name.in_lang(lang)),
        text("slip-address"),
        escaped(address),
        text("slip-login"),
        escaped(&issued.login),
        text("slip-password"),
        escaped(&issued.one_time_password),
        text("slip-first"),
        text("slip-lost"),
    ))
}

/// One path of an SVG, a square for each dark module.
fn qr_code(content: &str) -> Result<String> {
    let code = QrCode::new(content).map_err(|_| Error::internal("an address too long for a QR code"))?;
    let width = code.width();
    let side = width + 2 * QUIET;
    let mut path = String::new();
    for (place, _) in code.to_colors().iter().enumerate().filter(|(_, color)| **color == Color::Dark) {
        _ = write!(path, "M{} {}h1v1h-1z", place % width + QUIET, place / width + QUIET);
    }
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\" role=\"img\">\
         <path d=\"M0 0h{side}v{side}H0z\" fill=\"#fff\"/><path d=\"{path}\"/></svg>"
    ))
}
