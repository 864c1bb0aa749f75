//! What somebody is told before he shares: from then on it lies in other hands too.

use crate::app::catalogue;
use crate::app::multilingual::Paragraphs;
use crate::kernel::lang::Lang;
use sha2::{Digest, Sha256};

/// How an acknowledgement names the texts: so many hexadecimal digits of their hash.
const VERSION_CHARS: usize = 16;

/// The warning in the four languages.
pub fn texts() -> Paragraphs {
    let text = |lang| catalogue::text(lang, "sharing-warning", &[]);
    Paragraphs { ru: text(Lang::Ru), kk: text(Lang::Kk), ka: text(Lang::Ka), en: text(Lang::En) }
}

/// Changes with any of the texts, so that nobody acknowledges what he has not been shown.
pub fn version() -> String {
    let mut digest = Sha256::new();
    for lang in Lang::ALL {
        digest.update(catalogue::text(*lang, "sharing-warning", &[]));
        digest.update([0]);
    }
    let mut version = hex::encode(digest.finalize());
    version.truncate(VERSION_CHARS);
    version
}
