//! Personal numbers: the test vectors, and what the check digits catch.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use chrono::NaiveDate;
use feldsher::clinic::identity::numbers::{System, hint_of_iin, masked, normalise, same_looking};
use feldsher::kernel::card::holds_card_number;
use feldsher::kernel::error::Fault;
use proptest::prelude::*;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

fn accepted(system: System, raw: &str) -> (String, bool) {
    let normal = normalise(system, raw).unwrap_or_else(|fault| panic!("{system:?} {raw:?} was refused: {fault}"));
    (normal.value, normal.checked)
}

fn refused(system: System, cases: &[(&str, Fault)]) {
    for (raw, fault) in cases {
        assert_eq!(normalise(system, raw).err(), Some(*fault), "{system:?} {raw:?}");
    }
}

#[test]
fn snils_vectors() {
    for (raw, value) in [
        ("910-001-022 99", "91000102299"),
        ("900-000-245 00", "90000024500"),
        ("910-011-003 00", "91001100300"),
        ("930-604-973 00", "93060497300"),
        ("991-959-742 03", "99195974203"),
    ] {
        assert_eq!(accepted(System::Snils, raw), (value.to_owned(), true));
        assert_eq!(accepted(System::Snils, value), (value.to_owned(), true));
    }
    refused(
        System::Snils,
        &[
            ("91000102200", Fault::BadCheckDigit),
            ("90000024501", Fault::BadCheckDigit),
            ("9100110030", Fault::TooShort),
            ("93060497399", Fault::BadCheckDigit),
            ("99915974203", Fault::BadCheckDigit),
            ("910001022990", Fault::TooLong),
            ("910.001.022.99", Fault::BadCharacters),
            ("٩1000102299", Fault::BadCharacters),
            ("９1000102299", Fault::BadCharacters),
            ("910-001-022\u{a0}99", Fault::BadCharacters),
            ("", Fault::Required),
            (" - ", Fault::Required),
            ("000-000-000 00", Fault::BadFormat),
        ],
    );
}

#[test]
fn snils_of_the_first_years_is_not_checkable() {
    assert_eq!(accepted(System::Snils, "001-001-998 77"), ("00100199877".to_owned(), false));
    assert_eq!(accepted(System::Snils, "000-000-001 00"), ("00000000100".to_owned(), false));
    // 1·7 + 1·4 + 9·3 + 9·2 + 9·1 = 65
    assert_eq!(accepted(System::Snils, "001-001-999 65"), ("00100199965".to_owned(), true));
    refused(System::Snils, &[("001-001-999 66", Fault::BadCheckDigit)]);
}

#[test]
fn oms_vectors() {
    for value in ["9900490310944140", "9981574955011703", "9946946525435196", "9923341814778117", "9901955768367399"] {
        assert_eq!(accepted(System::Oms, value), (value.to_owned(), true));
    }
    assert_eq!(accepted(System::Oms, "9900 4903 1094 4140"), ("9900490310944140".to_owned(), true));
    refused(
        System::Oms,
        &[
            ("9981574955011704", Fault::BadCheckDigit),
            ("9946496525435196", Fault::BadCheckDigit),
            ("992334181477811", Fault::TooShort),
            ("99019557683673990", Fault::TooLong),
            ("9900490320944140", Fault::BadCheckDigit),
            ("0000000000000000", Fault::BadFormat),
            ("99004903I0944140", Fault::BadCharacters),
        ],
    );
}

#[test]
fn iin_vectors() {
    // The third and fourth need the second pass; the last bears no calendar date.
    for value in ["991231530414", "990102617627", "980715510091", "990309696934", "991345028113"] {
        assert_eq!(accepted(System::Iin, value), (value.to_owned(), true));
    }
    refused(
        System::Iin,
        &[
            ("991231530415", Fault::BadCheckDigit),
            ("990012617627", Fault::BadCheckDigit),
            ("98071551009", Fault::TooShort),
            ("٩90309696934", Fault::BadCharacters),
            ("9912 3153 0414", Fault::BadCharacters),
            ("9912315304144", Fault::TooLong),
        ],
    );
}

#[test]
fn an_iin_that_fails_both_passes_has_no_check_digit_at_all() {
    for last in 0..10 {
        refused(System::Iin, &[(&format!("99113053699{last}"), Fault::BadCheckDigit)]);
    }
}

#[test]
fn georgian_vectors() {
    for value in ["99000000001", "99000000012", "99123456789", "99999999990", "99010101010"] {
        assert_eq!(accepted(System::GePersonal, value), (value.to_owned(), false));
    }
    refused(
        System::GePersonal,
        &[
            ("9900000001", Fault::TooShort),
            ("990000000011", Fault::TooLong),
            ("9900000000A", Fault::BadCharacters),
            (" 99000000001", Fault::BadCharacters),
            ("९९000000001", Fault::BadCharacters),
        ],
    );
}

#[test]
fn voluntary_policy_vectors() {
    for system in [System::Dms, System::OmsLegacy] {
        for value in ["AB-123456", "77/000123-24", "ДМС 0012345", "1234", "X1Y2-Z3/4"] {
            assert_eq!(accepted(system, value), (value.to_owned(), false));
        }
        assert_eq!(accepted(system, " ab-е\u{308}123 ").0, "AB-Ё123");
        refused(
            system,
            &[
                ("", Fault::Required),
                ("  ", Fault::Required),
                ("12", Fault::TooShort),
                ("-AB123", Fault::BadFormat),
                ("A<script>", Fault::BadCharacters),
                (&"A".repeat(33), Fault::TooLong),
                (&"A".repeat(100_000), Fault::TooLong),
            ],
        );
        assert_eq!(accepted(system, &"a".repeat(32)).0, "A".repeat(32));
        assert_eq!(accepted(system, &"я".repeat(32)).0, "Я".repeat(32));
    }
}

#[test]
fn passport_vectors() {
    for (raw, value) in [
        ("45 09 123456", "4509123456"),
        ("4509-123456", "4509123456"),
        ("n 01234567", "N01234567"),
        ("12AB34567", "12AB34567"),
        ("II-МЮ 123456", "IIМЮ123456"),
        ("C01X00T47", "C01X00T47"),
    ] {
        assert_eq!(accepted(System::Passport, raw), (value.to_owned(), false));
    }
    refused(
        System::Passport,
        &[
            ("", Fault::Required),
            (" - ", Fault::Required),
            ("123", Fault::TooShort),
            ("0000000", Fault::BadFormat),
            ("ABCDEF", Fault::BadFormat),
            ("1234/567", Fault::BadCharacters),
            ("٤٥٠٩١٢٣٤٥٦", Fault::BadCharacters),
            ("123456789012345678901", Fault::TooLong),
            ("4111 1111 1111 1111", Fault::CardNumber),
            ("4111-1111-1111-1111", Fault::CardNumber),
        ],
    );
    assert_eq!(same_looking("ВЕ123"), same_looking("BE123"), "nobody sees which script it is");
    assert_ne!(same_looking("МЮ123"), same_looking("MЯ123"));
}

#[test]
fn what_an_iin_was_built_from_is_a_hint() {
    let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day);
    for (value, date, sex) in [
        ("991231530414", day(2099, 12, 31), Some("male")),
        ("990102617627", day(2099, 1, 2), Some("female")),
        ("980715510091", day(2098, 7, 15), Some("male")),
        ("990309696934", day(2099, 3, 9), Some("female")),
        // The thirteenth month, and still a number.
        ("991345028113", None, None),
        ("", None, None),
    ] {
        assert_eq!(hint_of_iin(value), (date, sex), "{value}");
    }
}

#[test]
fn the_contract_and_serde_name_a_system_alike() {
    for system in System::ALL {
        assert_eq!(serde_json::to_string(system).unwrap(), format!("\"{}\"", system.as_str()));
    }
}

#[test]
fn a_mask_shows_the_end_alone() {
    assert_eq!(masked(System::Snils, "91000102299"), "•••2299");
    assert_eq!(masked(System::Oms, "9900490310944140"), "•••4140");
    assert_eq!(masked(System::Dms, "1234"), "•••34");
    assert_eq!(masked(System::Dms, "ДМС 0012345"), "•••45");
    assert_eq!(masked(System::Dms, ""), "•••");
    assert_eq!(masked(System::Iin, "1234"), "•••");
}

#[test]
fn debug_output_holds_no_number() {
    let normal = normalise(System::Snils, "91000102299").unwrap();
    assert!(!format!("{normal:?}").contains("2299"));
}

/// Of all single-digit errors in `people` random valid numbers, the part that passes the check, in percent.
fn missed_percent(system: System, length: usize, first_digit: u8, people: usize) -> f64 {
    let mut random = StdRng::seed_from_u64(7);
    let (mut missed, mut tried) = (0_u32, 0_u32);
    for _ in 0..people {
        let mut number = valid_number(system, length, first_digit, &mut random);
        for place in 0..length {
            let right = number[place];
            for wrong in (b'0'..=b'9').filter(|digit| *digit != right) {
                number[place] = wrong;
                tried += 1;
                missed += u32::from(normalise(system, std::str::from_utf8(&number).unwrap()).is_ok_and(|n| n.checked));
            }
            number[place] = right;
        }
    }
    f64::from(missed) * 100.0 / f64::from(tried)
}

/// Tries until a number is valid, and so has no second implementation of the check.
fn valid_number(system: System, length: usize, first_digit: u8, random: &mut StdRng) -> Vec<u8> {
    loop {
        let mut number: Vec<u8> = (0..length).map(|_| random.random_range(b'0'..=b'9')).collect();
        number[0] = first_digit;
        if normalise(system, std::str::from_utf8(&number).unwrap()).is_ok_and(|n| n.checked) {
            return number;
        }
    }
}

#[test]
fn single_digit_errors_are_caught_at_the_documented_rates() {
    let snils = missed_percent(System::Snils, 11, b'9', 1_000);
    assert!(snils < 0.1, "SNILS misses {snils} %, documented are 0.03 %");
    let oms = missed_percent(System::Oms, 16, b'9', 500);
    assert!(oms == 0.0, "OMS misses {oms} %, documented is none");
    let iin = missed_percent(System::Iin, 12, b'9', 1_000);
    assert!((8.0..10.0).contains(&iin), "IIN misses {iin} %, documented are 9 %");
}

/// Of all swaps of unlike neighbours in `people` random valid numbers, the part that passes the check, in percent.
fn missed_swaps_percent(system: System, length: usize, people: usize) -> f64 {
    let mut random = StdRng::seed_from_u64(11);
    let (mut missed, mut tried) = (0_u32, 0_u32);
    for _ in 0..people {
        let number = valid_number(system, length, b'9', &mut random);
        for place in (1..length).filter(|place| number[place - 1] != number[*place]) {
            let mut swapped = number.clone();
            swapped.swap(place - 1, place);
            tried += 1;
            missed += u32::from(normalise(system, std::str::from_utf8(&swapped).unwrap()).is_ok_and(|n| n.checked));
        }
    }
    f64::from(missed) * 100.0 / f64::from(tried)
}

#[test]
fn swapped_neighbours_are_caught_at_the_computed_rates() {
    let snils = missed_swaps_percent(System::Snils, 11, 1_000);
    assert!(snils < 0.5, "SNILS misses {snils} %, computed are 0.13 %");
    let iin = missed_swaps_percent(System::Iin, 12, 1_000);
    assert!((0.8..2.5).contains(&iin), "IIN misses {iin} %, computed are 1.5 %");
}

/// Numbers of a fixed length: how many digits, and whether people write them with spaces and hyphens.
const FIXED: &[(System, usize, bool)] =
    &[(System::Snils, 11, true), (System::Oms, 16, true), (System::Iin, 12, false), (System::GePersonal, 11, false)];

fn any_valid(system: System, length: usize, seed: u64) -> String {
    let mut random = StdRng::seed_from_u64(seed);
    let number = match system {
        System::GePersonal => (0..length).map(|_| random.random_range(b'1'..=b'9')).collect(),
        _ => valid_number(system, length, b'9', &mut random),
    };
    String::from_utf8(number).unwrap()
}

/// The zeros of some scripts: Arabic, Persian, Devanagari, Bengali, Thai, Tibetan, full-width, mathematical.
const ZEROS: &[u32] = &[0x660, 0x6F0, 0x966, 0x9E6, 0xE50, 0xF20, 0xFF10, 0x1D7CE];

fn in_script(digits: &str, zero: u32) -> String {
    digits.chars().map(|c| c.to_digit(10).and_then(|digit| char::from_u32(zero + digit)).unwrap_or(c)).collect()
}

/// A number of a card, by Luhn's check, in groups.
fn card(seed: u64, gap: &str) -> String {
    let mut random = StdRng::seed_from_u64(seed);
    let mut digits: Vec<u32> = vec![4];
    digits.extend((0..14).map(|_| random.random_range(0..10_u32)));
    let doubled = |place: usize, digit: u32| if place.is_multiple_of(2) { digit * 2 / 10 + digit * 2 % 10 } else { digit };
    let sum: u32 = digits.iter().enumerate().map(|(place, digit)| doubled(place, *digit)).sum();
    digits.push((10 - sum % 10) % 10);
    let text: Vec<String> = digits.chunks(4).map(|group| group.iter().map(ToString::to_string).collect()).collect();
    text.join(gap)
}

fn any_system() -> impl Strategy<Value = System> {
    proptest::sample::select(System::ALL)
}

proptest! {
    #[test]
    fn nothing_typed_makes_it_panic_and_the_stored_form_is_stable(system in any_system(), raw in any_typing()) {
        if let Ok(normal) = normalise(system, &raw) {
            let again = normalise(system, &normal.value).expect("a stored form is valid");
            prop_assert_eq!(&again.value, &normal.value);
            prop_assert_eq!(again.checked, normal.checked);
            let mask = masked(system, &normal.value);
            prop_assert!(!mask.contains(&normal.value));
        }
        masked(system, &raw);
    }

    #[test]
    fn one_wrong_digit_in_oms_is_always_caught(seed: u64, place in 0..16_usize, step in 1..10_u8) {
        let mut number = valid_number(System::Oms, 16, b'9', &mut StdRng::seed_from_u64(seed));
        number[place] = b'0' + (number[place] - b'0' + step) % 10;
        let text = String::from_utf8(number).unwrap();
        prop_assert_eq!(normalise(System::Oms, &text).err(), Some(Fault::BadCheckDigit));
    }
}

proptest! {
    #[test]
    fn spaces_and_hyphens_matter_only_where_nobody_writes_them(
        kind in proptest::sample::select(FIXED), seed: u64, place in 1..11_usize, gap in "[ -]{1,2}",
    ) {
        let (system, length, is_written_with_gaps) = kind;
        let plain = any_valid(system, length, seed);
        let mut typed = plain.clone();
        typed.insert_str(place, &gap);
        let expected = if is_written_with_gaps { Ok(plain.clone()) } else { Err(Fault::BadCharacters) };
        prop_assert_eq!(normalise(system, &typed).map(|normal| normal.value), expected);
        prop_assert_eq!(normalise(system, &plain).map(|normal| normal.value), Ok(plain), "a round trip");
    }

    #[test]
    fn one_digit_of_another_script_is_no_digit(
        kind in proptest::sample::select(FIXED), seed: u64, place in 0..11_usize, zero in proptest::sample::select(ZEROS),
    ) {
        let (system, length, _) = kind;
        let plain = any_valid(system, length, seed);
        let typed = format!("{}{}{}", &plain[..place], in_script(&plain[place..=place], zero), &plain[place + 1..]);
        prop_assert_eq!(normalise(system, &typed).err(), Some(Fault::BadCharacters));
    }

    #[test]
    fn a_digit_more_or_less_is_no_number(kind in proptest::sample::select(FIXED), seed: u64, digit in 0..10_u8) {
        let (system, length, _) = kind;
        let plain = any_valid(system, length, seed);
        prop_assert_eq!(normalise(system, &plain[1..]).err(), Some(Fault::TooShort));
        prop_assert_eq!(normalise(system, &format!("{plain}{digit}")).err(), Some(Fault::TooLong));
    }

    #[test]
    fn of_swaps_in_oms_only_nought_and_nine_pass(seed: u64, place in 1..16_usize) {
        let mut number = valid_number(System::Oms, 16, b'9', &mut StdRng::seed_from_u64(seed));
        let pair = (number[place - 1].min(number[place]), number[place - 1].max(number[place]));
        number.swap(place - 1, place);
        let passes = normalise(System::Oms, std::str::from_utf8(&number).unwrap()).is_ok();
        prop_assert_eq!(passes, pair.0 == pair.1 || pair == (b'0', b'9'));
    }

    #[test]
    fn case_and_gaps_make_no_other_passport(number in "[1-9][A-Z0-9]{4,12}", place in 1..4_usize, gap in "[ -]{1,3}") {
        prop_assume!(!holds_card_number(&number));
        let mut typed = number.to_lowercase();
        typed.insert_str(place, &gap);
        prop_assume!(!holds_card_number(&typed));
        prop_assert_eq!(normalise(System::Passport, &typed).map(|normal| normal.value), Ok(number));
    }

    #[test]
    fn case_makes_no_other_policy(number in "[A-ZА-ЯЁ][0-9A-ZА-ЯЁ/-]{3,31}") {
        prop_assume!(!holds_card_number(&number));
        for system in [System::Dms, System::OmsLegacy] {
            let typed = normalise(system, &format!(" {} ", number.to_lowercase())).map(|normal| normal.value);
            prop_assert_eq!(typed, Ok(number.clone()));
        }
    }

    #[test]
    fn no_card_number_passes_for_anything_else(
        seed: u64,
        gap in proptest::sample::select(&["", " ", "-", ".", "_", "/", "  ", "\u{a0}", "\u{2009}", "\u{200b}", "\u{2011}", "\u{2212}"][..]),
        zero in proptest::sample::select(ZEROS),
    ) {
        let typed = card(seed, gap);
        let foreign = in_script(&typed, zero);
        prop_assert!(holds_card_number(&typed) && holds_card_number(&foreign), "{} {}", typed, foreign);
        for system in [System::Dms, System::OmsLegacy, System::Passport] {
            prop_assert_eq!(normalise(system, &typed).err(), Some(Fault::CardNumber));
            prop_assert_eq!(normalise(system, &foreign).err(), Some(Fault::CardNumber));
        }
    }
}

fn any_typing() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[0-9 -]{0,20}", "[0-9A-Za-zА-яЁё/ -]{0,40}", "\\PC{0,40}"]
}
