//! One key for a name in Cyrillic, Georgian and Latin letters, so that `Айгерім` and `Aigerim`, `ნინო`, `Нино` and `Nino`
//! find each other.
//!
//! There is one key per name rather than a list of spellings: it is one row in the directory, and it doesn't matter which
//! of the many romanisations a passport office used. The price is that different names may share a key (`Иванна` and
//! `Ивана`), so a key finds candidates and never proves who somebody is.
//!
//! Two steps. Letters are first written in Latin as passports write them: Russian, Ukrainian and Belarusian after ICAO Doc
//! 9303 part 3 (transliteration of Cyrillic), Georgian after the national system of 2002, the letters of Kazakh by the plain
//! letters of the state's romanisation. Then all spellings of one sound become one letter: `shch`, `sch`, `sh` → `x`; `tch`,
//! `ch` → `c`; `zh`, `dzh`, `dj`, `j` → `j`; `kh` → `h`; `gh` → `g`; `ph` → `f`; `th` → `t`; `tz` → `ts`; `q`, `ck` → `k`;
//! `w` → `v`; `y` → `i`; `ye`, `ie`, `yo`, `io` → `e` (Cyrillic е and ё); doubled letters are one.

use super::person_name::fold;
use unicode_normalization::UnicodeNormalization;

/// The key: lower-case Latin words with one space between; letters of scripts other than the three stay as folded.
/// Apostrophes, dots and soft signs are dropped and a hyphen is a space.
///
/// The key of the first letters of a name is mostly, not always, the beginning of the name's key (`S` of `Shota` is not):
/// whoever seeks part of a name should try [`fold`] as well and take either.
pub fn skeleton(name: &str) -> String {
    let latin = romanised(name);
    let mut key = Key(String::with_capacity(latin.len()));
    let mut rest = latin.as_str();
    while let Some(first) = rest.chars().next() {
        let (spelling, sound) = SPELLINGS.iter().find(|(spelling, _)| rest.starts_with(spelling)).copied().unwrap_or_default();
        if spelling.is_empty() {
            key.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            sound.chars().for_each(|c| key.push(c));
            rest = &rest[spelling.len()..];
        }
    }
    key.0.trim_end().to_owned()
}

/// Spellings of a sound, and the one that stands for it. The first that fits is taken, so longer ones come first.
const SPELLINGS: &[(&str, &str)] = &[
    ("shch", "x"),
    ("tsch", "c"),
    ("sch", "x"),
    ("tch", "c"),
    ("dzh", "j"),
    ("sh", "x"),
    ("ch", "c"),
    ("zh", "j"),
    ("dj", "j"),
    ("kh", "h"),
    ("gh", "g"),
    ("ph", "f"),
    ("th", "t"),
    ("tz", "ts"),
    ("ck", "k"),
    ("ce", "se"),
    ("ci", "si"),
    ("cy", "si"),
    ("c", "k"),
    ("q", "k"),
    ("w", "v"),
    ("x", "ks"),
    ("y", "i"),
    ("-", " "),
    (".", ""),
];

/// A key that grows letter by letter and keeps doubled letters and the iotation of е and ё out of itself.
struct Key(String);

impl Key {
    fn push(&mut self, c: char) {
        if matches!(c, 'e' | 'o') && self.0.ends_with('i') {
            self.0.pop();
            return self.push('e');
        }
        // A space at the start is treated as doubled.
        if self.0.chars().next_back().unwrap_or(' ') != c {
            self.0.push(c);
        }
    }
}

/// The folded name in Latin letters, as a passport office might write it.
fn romanised(name: &str) -> String {
    let mut spelled = String::with_capacity(name.len());
    for c in name.nfc().flat_map(char::to_lowercase) {
        // Folding would take away the mark that makes these another sound: the Kazakh alphabet of 2021, Turkish, Azeri, Slavic.
        match c {
            'ş' | 'ș' | 'š' => spelled.push_str("sh"),
            'ç' | 'č' => spelled.push_str("ch"),
            'ž' => spelled.push_str("zh"),
            c => spelled.push(c),
        }
    }
    let mut latin = String::with_capacity(spelled.len());
    for c in fold(&spelled).chars() {
        match of_cyrillic(c).or_else(|| of_georgian(c)) {
            Some(letters) => latin.push_str(letters),
            // Apostrophes, and marks of stress, which folding leaves on Cyrillic.
            None if matches!(c, '\'' | '\u{300}'..='\u{36f}') => {}
            None => latin.push(c),
        }
    }
    latin
}

fn of_cyrillic(c: char) -> Option<&'static str> {
    Some(match c {
        'а' | 'ә' => "a",
        'б' => "b",
        'в' => "v",
        'г' | 'ґ' => "g",
        'ғ' => "gh",
        'д' => "d",
        'е' | 'э' => "e",
        'є' => "ie",
        'ж' => "zh",
        'з' => "z",
        'и' | 'й' | 'і' | 'ї' | 'ӣ' => "i",
        'ҷ' => "j",
        'к' => "k",
        'қ' => "q",
        'л' => "l",
        'м' => "m",
        'н' | 'ң' => "n",
        'о' | 'ө' => "o",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'у' | 'ұ' | 'ү' | 'ў' | 'ӯ' => "u",
        'ф' => "f",
        'х' => "kh",
        'һ' | 'ҳ' => "h",
        'ц' => "ts",
        'ч' => "ch",
        'ш' => "sh",
        'щ' => "shch",
        'ы' => "y",
        'ъ' | 'ь' => "",
        'ю' => "iu",
        'я' => "ia",
        _ => return None,
    })
}

/// Capitals (Mtavruli) are lower-cased to these by folding; the last six are letters of older books.
fn of_georgian(c: char) -> Option<&'static str> {
    Some(match c {
        'ა' => "a",
        'ბ' => "b",
        'გ' => "g",
        'დ' => "d",
        'ე' => "e",
        'ვ' => "v",
        'ზ' => "z",
        'თ' | 'ტ' => "t",
        'ი' => "i",
        'კ' | 'ქ' => "k",
        'ლ' => "l",
        'მ' => "m",
        'ნ' => "n",
        'ო' => "o",
        'პ' | 'ფ' => "p",
        'ჟ' => "zh",
        'რ' => "r",
        'ს' => "s",
        'უ' => "u",
        'ღ' => "gh",
        'ყ' => "q",
        'შ' => "sh",
        'ჩ' | 'ჭ' => "ch",
        'ც' | 'წ' => "ts",
        'ძ' => "dz",
        'ხ' => "kh",
        'ჯ' => "j",
        'ჰ' => "h",
        'ჱ' => "e",
        'ჲ' => "i",
        'ჳ' => "vi",
        'ჴ' => "q",
        'ჵ' => "o",
        'ჶ' => "f",
        _ => return None,
    })
}
