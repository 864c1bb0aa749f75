//! The scanner: finds what must not be there in any bytes, in whatever encoding it hides. It knows nothing of the product.

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use md5::Md5;
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::fmt::Write as _;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Shorter patterns would be found in noise.
const SHORTEST: usize = 6;

/// Something that must not be found, and the name by which a finding is reported: never the thing itself.
#[derive(Clone)]
pub struct Marker {
    pub name: String,
    what: What,
}

#[derive(Clone)]
enum What {
    /// Words: every Unicode form and case.
    Text(String),
    /// One number in the ways in which people write it. A bare hash of it is a leak too: there are too few numbers.
    Number(Vec<String>),
    /// A secret, or the bytes of a file.
    Bytes(Vec<u8>),
    /// A few digits, found only where no letter or digit touches them.
    Code(String),
}

impl Marker {
    pub fn text(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), what: What::Text(text.into()) }
    }

    pub fn number(name: impl Into<String>, ways: impl IntoIterator<Item = String>) -> Self {
        Self { name: name.into(), what: What::Number(ways.into_iter().collect()) }
    }

    pub fn bytes(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), what: What::Bytes(bytes.into()) }
    }

    pub fn code(name: impl Into<String>, code: impl Into<String>) -> Self {
        Self { name: name.into(), what: What::Code(code.into()) }
    }

    /// What is written down for this marker: each is a leak.
    pub fn ways(&self) -> Vec<Vec<u8>> {
        match &self.what {
            What::Text(text) | What::Code(text) => vec![text.as_bytes().to_vec()],
            What::Number(ways) => ways.iter().map(|way| way.as_bytes().to_vec()).collect(),
            What::Bytes(bytes) => vec![bytes.clone()],
        }
    }

    pub fn is_code(&self) -> bool {
        matches!(self.what, What::Code(_))
    }
}

/// Where a marker was found, and how it was written.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Hit {
    pub marker: String,
    pub encoding: &'static str,
    pub place: String,
    pub at: usize,
}

impl fmt::Debug for Hit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} as {} in {} at byte {}", self.marker, self.encoding, self.place, self.at)
    }
}

/// What a scan has seen and found.
#[derive(Default)]
pub struct Findings {
    pub places: usize,
    pub bytes: usize,
    pub hits: Vec<Hit>,
}

impl Findings {
    pub fn add(&mut self, other: Findings) {
        self.places += other.places;
        self.bytes += other.bytes;
        self.hits.extend(other.hits);
    }

    pub fn has(&self, marker: &str, encoding: &str) -> bool {
        self.hits.iter().any(|hit| hit.marker == marker && hit.encoding == encoding)
    }

    /// One line for each marker, encoding and place.
    pub fn summary(&self) -> Vec<String> {
        let lines = self.hits.iter().map(|hit| format!("{} as {} in {}", hit.marker, hit.encoding, hit.place));
        lines.collect::<BTreeSet<_>>().into_iter().collect()
    }
}

pub struct Scanner {
    automaton: AhoCorasick,
    patterns: Vec<Pattern>,
}

struct Pattern {
    marker: String,
    encoding: &'static str,
    stands_alone: bool,
}

impl Scanner {
    pub fn new(markers: &[Marker]) -> Self {
        let (mut patterns, mut bytes, mut known) = (Vec::new(), Vec::new(), HashSet::new());
        for marker in markers {
            for (encoding, pattern) in marker.patterns() {
                assert!(pattern.len() >= SHORTEST, "{} is too short as {encoding}", marker.name);
                if known.insert(pattern.clone()) {
                    patterns.push(Pattern { marker: marker.name.clone(), encoding, stands_alone: marker.is_code() });
                    bytes.push(pattern);
                }
            }
        }
        let automaton = AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(&bytes).expect("an automaton");
        Self { automaton, patterns }
    }

    /// Each pattern is reported once, where it stands first.
    pub fn scan(&self, place: &str, bytes: &[u8]) -> Findings {
        let mut seen = HashSet::new();
        let hits = self.automaton.find_overlapping_iter(bytes).filter_map(|found| {
            let pattern = &self.patterns[found.pattern().as_usize()];
            let touches = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_alphanumeric);
            if pattern.stands_alone && (touches(found.start().checked_sub(1)) || touches(Some(found.end()))) {
                return None;
            }
            if !seen.insert(found.pattern()) {
                return None;
            }
            Some(Hit { marker: pattern.marker.clone(), encoding: pattern.encoding, place: place.to_owned(), at: found.start() })
        });
        Findings { places: 1, bytes: bytes.len(), hits: hits.collect() }
    }
}

impl Marker {
    fn patterns(&self) -> Vec<(&'static str, Vec<u8>)> {
        let mut patterns = Vec::new();
        match &self.what {
            What::Text(text) => {
                for form in forms(text) {
                    of_text(&form, &mut patterns);
                }
            }
            What::Number(ways) => {
                for way in ways {
                    of_text(way, &mut patterns);
                    of_hash("SHA-256", &Sha256::digest(way), &mut patterns);
                    of_hash("MD5", &Md5::digest(way), &mut patterns);
                    of_integer(way, &mut patterns);
                }
            }
            What::Bytes(bytes) => of_bytes(bytes, &mut patterns),
            What::Code(code) => patterns.push(("UTF-8", code.as_bytes().to_vec())),
        }
        patterns
    }
}

/// As given, composed, decomposed and without marks, each in its own case and in both.
fn forms(text: &str) -> BTreeSet<String> {
    let bare: String = text.nfkd().filter(|c| !is_combining_mark(*c)).nfc().collect();
    let spelled = [text.to_owned(), text.nfc().collect(), text.nfd().collect(), bare];
    spelled.into_iter().flat_map(|form| [form.to_lowercase(), form.to_uppercase(), form]).collect()
}

fn of_text(text: &str, patterns: &mut Vec<(&'static str, Vec<u8>)>) {
    of_bytes(text.as_bytes(), patterns);
    patterns.push(("UTF-16 LE", text.encode_utf16().flat_map(u16::to_le_bytes).collect()));
    patterns.push(("UTF-16 BE", text.encode_utf16().flat_map(u16::to_be_bytes).collect()));
    for (encoding, space, upper) in
        [("URL", "%20", true), ("URL", "%20", false), ("URL with plus", "+", true), ("URL with plus", "+", false)]
    {
        patterns.push((encoding, url_encoded(text, space, upper).into_bytes()));
    }
    patterns.push(("JSON escapes", json_escaped(text, false, false).into_bytes()));
    patterns.push(("JSON escapes", json_escaped(text, true, false).into_bytes()));
    patterns.push(("JSON escapes of all", json_escaped(text, false, true).into_bytes()));
    patterns.push(("JSON escapes of all", json_escaped(text, true, true).into_bytes()));
    // What `{:?}` makes of a text: marks that stand alone are escaped.
    patterns.push(("debug escapes", format!("{text:?}").trim_matches('"').as_bytes().to_vec()));
    patterns.push(("JSON escapes, twice", json_escaped(text, false, false).replace('\\', "\\\\").into_bytes()));
    patterns.push(("JSON escapes, twice", json_escaped(text, false, true).replace('\\', "\\\\").into_bytes()));
}

fn of_bytes(bytes: &[u8], patterns: &mut Vec<(&'static str, Vec<u8>)>) {
    patterns.push(("UTF-8", bytes.to_vec()));
    patterns.push(("hex", hex::encode(bytes).into_bytes()));
    patterns.push(("HEX", hex::encode_upper(bytes).into_bytes()));
    for shift in 0..3 {
        patterns.push(("base64", base64_inside(&STANDARD_NO_PAD, bytes, shift)));
        patterns.push(("base64url", base64_inside(&URL_SAFE_NO_PAD, bytes, shift)));
    }
}

fn of_hash(name: &'static str, hash: &[u8], patterns: &mut Vec<(&'static str, Vec<u8>)>) {
    patterns.push((name, hash.to_vec()));
    patterns.push((name, hex::encode(hash).into_bytes()));
    patterns.push((name, hex::encode_upper(hash).into_bytes()));
    patterns.push((name, base64_inside(&STANDARD_NO_PAD, hash, 0)));
    patterns.push((name, base64_inside(&URL_SAFE_NO_PAD, hash, 0)));
}

/// As databases store integers: eight bytes of either order, and the six of SQLite.
fn of_integer(way: &str, patterns: &mut Vec<(&'static str, Vec<u8>)>) {
    match way.parse::<u64>() {
        Ok(number) if number > u64::from(u32::MAX) => {
            patterns.push(("integer", number.to_le_bytes().to_vec()));
            patterns.push(("integer", number.to_be_bytes()[2..].to_vec()));
        }
        _ => {}
    }
}

/// The characters that are the same whatever stands around, when `shift` bytes of a group of three stand before.
fn base64_inside(engine: &impl Engine, bytes: &[u8], shift: usize) -> Vec<u8> {
    let shifted = [&[0; 2][..shift], bytes].concat();
    let whole = engine.encode(&shifted).into_bytes();
    let first = (shift * 8).div_ceil(6);
    let last = shifted.len() * 8 / 6;
    whole[first..last].to_vec()
}

fn url_encoded(text: &str, space: &str, upper: bool) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b' ' => encoded.push_str(space),
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(char::from(byte)),
            _ if upper => write!(encoded, "%{byte:02X}").expect("a string"),
            _ => write!(encoded, "%{byte:02x}").expect("a string"),
        }
    }
    encoded
}

fn json_escaped(text: &str, upper: bool, all: bool) -> String {
    let mut escaped = String::new();
    for unit in text.encode_utf16() {
        match char::from_u32(u32::from(unit)) {
            Some(c) if c.is_ascii() && !all => escaped.push(c),
            _ if upper => write!(escaped, "\\u{unit:04X}").expect("a string"),
            _ => write!(escaped, "\\u{unit:04x}").expect("a string"),
        }
    }
    escaped
}
