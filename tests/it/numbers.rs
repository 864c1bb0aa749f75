//! Personal numbers: the test vectors, and what the check digits catch.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use feldsher::clinic::identity::numbers::{System, masked, normalise};
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

fn any_typing() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[0-9 -]{0,20}", "[0-9A-Za-zА-яЁё/ -]{0,40}", "\\PC{0,40}"]
}
