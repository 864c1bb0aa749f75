//! A few short codes in one column, as languages are kept: text with a space around each code, so that one is found by
//! `LIKE '% kk %'` on both engines.

use sea_orm::{ColIdx, QueryResult, TryGetError, TryGetable, Value};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Codes(pub Vec<String>);

impl Codes {
    /// The pattern of LIKE that finds rows with this code. A code that is no word finds nothing.
    pub fn pattern(code: &str) -> String {
        let word: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
        format!("% {word} %")
    }
}

impl From<Codes> for Value {
    fn from(codes: Codes) -> Self {
        if codes.0.is_empty() { String::new().into() } else { format!(" {} ", codes.0.join(" ")).into() }
    }
}

impl TryGetable for Codes {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        let text = String::try_get_by(row, index)?;
        Ok(Self(text.split_whitespace().map(str::to_owned).collect()))
    }
}
