//! The four languages in which the house speaks to people.

use std::fmt;

/// A language that the catalogue holds in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    Ru,
    Kk,
    Ka,
    #[default]
    En,
}

impl Lang {
    pub const ALL: &'static [Lang] = &[Lang::Ru, Lang::Kk, Lang::Ka, Lang::En];

    /// The ISO 639-1 code, as `Content-Language` and the database spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Lang::Ru => "ru",
            Lang::Kk => "kk",
            Lang::Ka => "ka",
            Lang::En => "en",
        }
    }

    /// The language for a code such as `ru` or a tag such as `ru-KZ`; `None` when we don't speak it.
    pub fn of_tag(tag: &str) -> Option<Lang> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        Lang::ALL.iter().copied().find(|lang| lang.as_str().eq_ignore_ascii_case(primary))
    }

    /// The best language for an `Accept-Language` header (RFC 9110, 12.5.4): the highest weight wins, of equal ones the
    /// first named. A language of weight 0 is refused; whatever remains unsaid is answered in English.
    pub fn parse(accept_language: &str) -> Lang {
        let mut best = (0, Lang::default());
        // A client that lists more languages than this is not a person.
        for item in accept_language.split(',').take(32) {
            let (tag, weight) = item.split_once(';').unwrap_or((item, "q=1"));
            let Some(lang) = Lang::of_tag(tag.trim()) else { continue };
            let weight = thousandths(weight.trim());
            if weight > best.0 {
                best = (weight, lang);
            }
        }
        best.1
    }
}

/// The weight `q=0.8` as 800. What can't be read weighs nothing.
fn thousandths(weight: &str) -> u16 {
    let value = weight.strip_prefix("q=").or_else(|| weight.strip_prefix("Q="));
    match value.and_then(|value| value.trim().parse::<f32>().ok()) {
        Some(q) if (0.0..=1.0).contains(&q) => (q * 1000.0).round() as u16,
        _ => 0,
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
