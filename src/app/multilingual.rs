//! A text in the four languages: of the profile, and of the office (the name of a clinic, a service, a doctor).

use crate::kernel::error::{Fault, Faults};
use crate::kernel::lang::Lang;
use crate::kernel::text::{check_line, check_text};
use poem_openapi::Object;
use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};

/// The longest line, in characters.
const MAX_CHARS: usize = 200;
/// The longest paragraphs, in characters.
const PARAGRAPHS_CHARS: usize = 4000;

/// One text in the four languages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromJsonQueryResult, Object)]
#[serde(deny_unknown_fields)]
#[oai(deny_unknown_fields)]
pub struct Multilingual {
    #[oai(validator(max_length = 200))]
    pub ru: String,
    #[oai(validator(max_length = 200))]
    pub kk: String,
    #[oai(validator(max_length = 200))]
    pub ka: String,
    #[oai(validator(max_length = 200))]
    pub en: String,
}

impl Multilingual {
    pub fn in_lang(&self, lang: Lang) -> &str {
        match lang {
            Lang::Ru => &self.ru,
            Lang::Kk => &self.kk,
            Lang::Ka => &self.ka,
            Lang::En => &self.en,
        }
    }

    /// Each language by `check`; the faults are noted at `/pointer/ru` and so on.
    pub fn check(&self, pointer: &str, faults: &mut Faults, check: impl Fn(&str) -> Result<String, Fault>) -> Self {
        let mut checked = |lang: Lang| faults.check(format!("{pointer}/{lang}"), check(self.in_lang(lang))).unwrap_or_default();
        Self { ru: checked(Lang::Ru), kk: checked(Lang::Kk), ka: checked(Lang::Ka), en: checked(Lang::En) }
    }

    pub fn all(&self) -> [&str; 4] {
        [&self.ru, &self.kk, &self.ka, &self.en]
    }
}

/// Some paragraphs in the four languages: how to prepare for an exam, what a doctor has learned, how to find the house.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromJsonQueryResult, Object)]
#[serde(deny_unknown_fields)]
#[oai(deny_unknown_fields)]
pub struct Paragraphs {
    #[oai(validator(max_length = 4000))]
    pub ru: String,
    #[oai(validator(max_length = 4000))]
    pub kk: String,
    #[oai(validator(max_length = 4000))]
    pub ka: String,
    #[oai(validator(max_length = 4000))]
    pub en: String,
}

impl Paragraphs {
    pub fn in_lang(&self, lang: Lang) -> &str {
        match lang {
            Lang::Ru => &self.ru,
            Lang::Kk => &self.kk,
            Lang::Ka => &self.ka,
            Lang::En => &self.en,
        }
    }

    /// Each language says something; the faults are noted at `/pointer/ru` and so on.
    pub fn check(&self, pointer: &str, faults: &mut Faults) -> Self {
        let mut checked = |lang: Lang| {
            let text = match self.in_lang(lang).trim() {
                "" => Err(Fault::Required),
                text => check_text(text, PARAGRAPHS_CHARS),
            };
            faults.check(format!("{pointer}/{lang}"), text).unwrap_or_default()
        };
        Self { ru: checked(Lang::Ru), kk: checked(Lang::Kk), ka: checked(Lang::Ka), en: checked(Lang::En) }
    }
}

/// A line that says something.
pub fn line(raw: &str) -> Result<String, Fault> {
    match raw.trim() {
        "" => Err(Fault::Required),
        line => check_line(line, MAX_CHARS),
    }
}
