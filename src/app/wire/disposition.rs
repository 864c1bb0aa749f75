//! `Content-Disposition` for a file whose name somebody else chose (RFC 6266, RFC 8187).

use std::fmt::Write;

/// What stands in for a name of which nothing is left.
const NAMELESS: &str = "document";

/// A file to be saved, never shown in place. The name loses its folders and every invisible character; who knows only
/// ASCII gets `_` for the rest.
pub fn attachment(name: &str) -> String {
    let name = harmless(name);
    let ascii: String = name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    let mut header = format!("attachment; filename=\"{ascii}\"");
    if ascii != name {
        header.push_str("; filename*=UTF-8''");
        for byte in name.bytes() {
            match byte {
                b if is_attr_char(b) => header.push(char::from(b)),
                b => _ = write!(header, "%{b:02X}"),
            }
        }
    }
    header
}

/// The last part of a path, without control characters and those that turn the writing direction or are not seen, and
/// without dots and spaces at its ends, which hide a file or its extension.
fn harmless(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let visible: String = last.chars().filter(|c| !c.is_control() && !is_invisible(*c)).collect();
    let bare = visible.trim_matches(|c: char| c == '.' || c.is_whitespace());
    if bare.is_empty() { NAMELESS.to_owned() } else { bare.to_owned() }
}

/// Zero-width characters, bidirectional controls, separators of lines, tags, the byte order mark.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// ASCII that needs no escape in a quoted string, without `%`, which some browsers would decode there.
fn is_plain(c: char) -> bool {
    matches!(c, ' '..='~') && !matches!(c, '"' | '\\' | '%')
}

/// `attr-char` of RFC 8187.
fn is_attr_char(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte)
}
