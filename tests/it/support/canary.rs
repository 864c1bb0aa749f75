//! The canary: a patient whose every word and number can be told from all others, made anew for each test so that what
//! one test plants no other finds.

use super::scan::Marker;
use feldsher::kernel::clock::Ambient;
use std::sync::atomic::{AtomicU32, Ordering};

/// In which script he writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Script {
    Cyrillic,
    Latin,
    Georgian,
}

impl Script {
    pub const ALL: [Script; 3] = [Script::Cyrillic, Script::Latin, Script::Georgian];

    fn letters(self) -> &'static str {
        match self {
            Script::Cyrillic => "абвгдежзиклмнопрстуфхцчшщэюя",
            Script::Latin => "abcdefghijklmnopqrstuvwxyz",
            Script::Georgian => "აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰ",
        }
    }

    /// Cyrillic and Latin with letters that have two Unicode forms.
    fn roots(self) -> [&'static str; 3] {
        match self {
            Script::Cyrillic => ["Канарёйкин", "Йоём", "Ёжевич"],
            Script::Latin => ["Kanářek", "Žofřej", "Ångström"],
            Script::Georgian => ["კანარიძე", "გიორგი", "ჰამლეტი"],
        }
    }
}

pub struct Canary {
    pub script: Script,
    pub surname: String,
    pub given_name: String,
    pub patronymic: String,
    pub birth_date: String,
    /// E.164.
    pub phone: String,
    pub email: String,
    /// Digits alone.
    pub snils: String,
    pub oms: String,
    pub oms_legacy: String,
    pub dms: String,
    pub insurer: String,
    pub device_name: String,
    pub user_agent: String,
    /// The id that his app gave itself.
    pub installation: String,
    pub push_token: String,
    pub address: String,
    pub complaint: String,
    /// To the doctor.
    pub chat: String,
    /// To the clinic's operator.
    pub enquiry: String,
    pub title: String,
    pub file_name: String,
    pub file: Vec<u8>,
    pub conclusion_title: String,
    pub conclusion: Vec<u8>,
    file_words: String,
    conclusion_words: String,
    noise: Vec<u8>,
}

impl Canary {
    pub fn new(ambient: &Ambient, script: Script) -> Self {
        let word = |root: &str| format!("{root}{}", pick(ambient, script.letters(), 8));
        let [surname, given_name, patronymic] = script.roots().map(word);
        let ascii = |root: &str| format!("{root}{}", pick(ambient, Script::Latin.letters(), 10));
        let (file_words, conclusion_words) = (word("Исследование Äß "), word("Заключение ñ "));
        let noise: [u8; 96] = ambient.bytes();
        Self {
            script,
            surname,
            given_name,
            patronymic,
            birth_date: birth_date(),
            phone: format!("+7916{}", pick(ambient, "0123456789", 7)),
            email: format!("{}@example.org", ascii("kanarek.")),
            snils: snils(ambient),
            oms: oms(ambient),
            oms_legacy: format!("{} {}", pick(ambient, "АБВГДЕ", 4), pick(ambient, "0123456789", 10)),
            dms: format!("DMS-{}/{}", pick(ambient, "ABCDEF", 4), pick(ambient, "0123456789", 10)),
            insurer: word("Страховая Ёлка "),
            device_name: word("Телефон Йоты "),
            installation: uuid::Builder::from_random_bytes(ambient.bytes()).into_uuid().to_string(),
            push_token: format!("{}:APA91b", ascii("push-")),
            user_agent: format!("{}/7.1 (Canary)", ascii("Browser")),
            address: format!("2001:db8:{}:{}::17", pick(ambient, "abcdef", 4), pick(ambient, "abcdef", 4)),
            complaint: format!("{}\n{}", word("Болит крыло, не пою "), word("и не ём ")),
            chat: word("Доктор, я осип ё "),
            enquiry: word("Пустят ли с клеткой ё "),
            title: word("Анализ пёрышек "),
            file_name: format!("{}.pdf", word("снимок клюва й")),
            file: pdf(&file_words, &noise),
            conclusion_title: word("Осмотр птицы ё "),
            conclusion: pdf(&conclusion_words, &noise[..48]),
            file_words,
            conclusion_words,
            noise: noise.to_vec(),
        }
    }

    /// With a wrong digit, which the check digits tell.
    pub fn mistyped_snils(&self) -> String {
        let first = self.snils.as_bytes()[0] - b'0';
        format!("{}{}", first % 9 + 1, &self.snils[1..])
    }

    pub fn markers(&self) -> Vec<Marker> {
        let name = |what: &str| format!("{what} ({:?})", self.script);
        let text = |what: &str, text: &str| Marker::text(name(what), text);
        let mut lines = self.complaint.lines();
        let [year, month, day] = [0..4, 5..7, 8..10].map(|part| &self.birth_date[part]);
        vec![
            text("surname", &self.surname),
            text("given name", &self.given_name),
            text("patronymic", &self.patronymic),
            Marker::number(name("birth date"), [self.birth_date.clone(), format!("{day}.{month}.{year}")]),
            Marker::number(name("phone"), phone_ways(&self.phone)),
            text("e-mail", &self.email),
            Marker::number(name("SNILS"), snils_ways(&self.snils)),
            Marker::number(name("mistyped SNILS"), snils_ways(&self.mistyped_snils())),
            Marker::number(name("OMS"), oms_ways(&self.oms)),
            text("old OMS", &self.oms_legacy),
            text("DMS", &self.dms),
            text("insurer", &self.insurer),
            text("device name", &self.device_name),
            text("user agent", &self.user_agent),
            text("installation", &self.installation),
            text("push registration", &self.push_token),
            text("forwarded address", &self.address),
            text("complaint", lines.next().unwrap_or_default()),
            text("complaint, second line", lines.next().unwrap_or_default()),
            text("chat with the doctor", &self.chat),
            text("chat with the operator", &self.enquiry),
            text("document title", &self.title),
            text("file name", &self.file_name),
            text("file words", &self.file_words),
            Marker::bytes(name("file bytes"), &self.noise[..48]),
            Marker::bytes(name("file bytes, second half"), &self.noise[48..]),
            text("conclusion title", &self.conclusion_title),
            text("conclusion words", &self.conclusion_words),
        ]
    }
}

fn digit(ambient: &Ambient, below: u32) -> u32 {
    u32::from_le_bytes(ambient.bytes()) % below
}

fn pick(ambient: &Ambient, from: &str, count: usize) -> String {
    let letters: Vec<char> = from.chars().collect();
    (0..count).map(|_| letters[u32::from_le_bytes(ambient.bytes()) as usize % letters.len()]).collect()
}

fn pdf(words: &str, noise: &[u8]) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    // More than one chunk, with the marked part across the border of two.
    file.resize(65_536 - words.len() / 2, b' ');
    file.extend_from_slice(words.as_bytes());
    file.extend_from_slice(noise);
    file.extend_from_slice(b"\n%%EOF\n");
    file
}

fn snils(ambient: &Ambient) -> String {
    let account = format!("{}{}", 1 + digit(ambient, 9), pick(ambient, "0123456789", 8)).replace("000", "123");
    let sum: u32 = account.bytes().zip((1..=9).rev()).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{account}{:02}", sum % 101 % 100)
}

pub fn oms(ambient: &Ambient) -> String {
    let first = format!("{}{}", 1 + digit(ambient, 9), pick(ambient, "0123456789", 14));
    let sum: u32 = first
        .bytes()
        .enumerate()
        .map(|(place, digit)| match (place % 2, u32::from(digit - b'0') * 2) {
            (0, doubled) if doubled > 9 => doubled - 9,
            (0, doubled) => doubled,
            (_, doubled) => doubled / 2,
        })
        .sum();
    format!("{first}{}", (10 - sum % 10) % 10)
}

/// A SNILS in six ways; the last is printed on the card.
pub fn snils_ways(digits: &str) -> [String; 6] {
    let [a, b, c, d] = [&digits[..3], &digits[3..6], &digits[6..9], &digits[9..]];
    [
        digits.to_owned(),
        format!("{a} {b} {c} {d}"),
        format!("{a}-{b}-{c}-{d}"),
        format!("{a}{b}{c} {d}"),
        format!("{a}{b}{c}-{d}"),
        format!("{a}-{b}-{c} {d}"),
    ]
}

/// An OMS number in six ways.
pub fn oms_ways(digits: &str) -> [String; 6] {
    let by = |step: usize, between: &str| {
        let parts: Vec<&str> = (0..16).step_by(step).map(|at| &digits[at..at + step]).collect();
        parts.join(between)
    };
    [digits.to_owned(), by(4, " "), by(4, "-"), by(8, " "), by(8, "-"), by(2, " ")]
}

/// A phone in six ways, from E.164. What follows the country's code stands in the first two alike.
pub fn phone_ways(e164: &str) -> [String; 6] {
    let [a, b, c, d] = [&e164[2..5], &e164[5..8], &e164[8..10], &e164[10..]];
    [
        e164.to_owned(),
        e164[2..].to_owned(),
        format!("8{}", &e164[2..]),
        format!("({a}) {b}-{c}-{d}"),
        format!("{a} {b} {c} {d}"),
        format!("({a}){b}-{c}-{d}"),
    ]
}

/// A date that differs from every other canary's of this process also where base64 cuts its first half byte and its last
/// digit off: the tests share one log, and a planted date must not look like another's.
fn birth_date() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    let (digit, month, decade) = (n % 10, 1 + n / 10 % 9, 3 + n / 90 % 3);
    format!("19{decade}{digit}-0{month}-1{digit}")
}
