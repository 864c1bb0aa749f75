//! Telephones, e-mail addresses, names and free text: what is taken, in which form, and what finds what.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use feldsher::clinic::identity::person_name::{check_name, fold};
use feldsher::clinic::identity::phone::{normalise_email, normalise_phone};
use feldsher::clinic::identity::skeleton::skeleton;
use feldsher::kernel::error::Fault;
use feldsher::kernel::text::{check_line, check_text};
use proptest::prelude::*;

#[test]
fn telephones_of_four_countries() {
    for (raw, region, e164) in [
        ("+7 (916) 123-45-67", None, "+79161234567"),
        ("8 916 123-45-67", Some("RU"), "+79161234567"),
        ("9161234567", Some("RU"), "+79161234567"),
        ("7 916 123 45 67", Some("RU"), "+79161234567"),
        ("+7\u{a0}916\u{a0}123\u{2011}45\u{2011}67", None, "+79161234567"),
        ("+7 812 312-34-56", None, "+78123123456"),
        ("8 (812) 312-34-56", Some("RU"), "+78123123456"),
        ("8123123456", Some("RU"), "+78123123456"),
        ("+7 8412 12-34-56", None, "+78412123456"),
        ("+7 8 916 123-45-67", None, "+79161234567"),
        ("+44 (0) 7911 123456", None, "+447911123456"),
        ("+39 06 1234 5678", None, "+390612345678"),
        ("+1 520-878-2491", None, "+15208782491"),
        ("+7 701 123 45 67", None, "+77011234567"),
        ("8 701 123 45 67", Some("KZ"), "+77011234567"),
        ("8 701 123 45 67", Some("RU"), "+77011234567"),
        ("+7 7172 12-34-56", None, "+77172123456"),
        ("+995 555 12 34 56", None, "+995555123456"),
        ("555 12 34 56", Some("GE"), "+995555123456"),
        ("+995 32 212 34 56", Some("RU"), "+995322123456"),
        ("+49 151 23456789", Some("RU"), "+4915123456789"),
        ("8 10 995 555 12 34 56", Some("RU"), "+995555123456"),
    ] {
        assert_eq!(normalise_phone(raw, region), Ok(e164.to_owned()), "{raw} in {region:?}");
    }
}

#[test]
fn what_is_no_telephone_of_a_person() {
    for (raw, region, fault) in [
        ("", None, Fault::Required),
        ("+", None, Fault::Required),
        ("112", Some("RU"), Fault::TooShort),
        ("8 916 123-45-67", None, Fault::BadFormat),
        ("8 916 123-45-67", Some("XX"), Fault::BadFormat),
        ("8 916 123-45-67", Some(""), Fault::BadFormat),
        ("+7 916 123-45-6", None, Fault::BadFormat),
        ("+7 916 123-45-678", None, Fault::BadFormat),
        ("+7 800 555-35-35", None, Fault::BadFormat),
        ("+1 800-723-3456", None, Fault::BadFormat),
        ("+7 809 123-45-67", None, Fault::BadFormat),
        ("+999 123 456 789", None, Fault::BadFormat),
        ("+7 916 CALL-NOW", None, Fault::BadCharacters),
        ("+7 916 123-45-67 ext. 5", None, Fault::BadCharacters),
        ("+7 ٩16 123-45-67", None, Fault::BadCharacters),
        ("7+9161234567", None, Fault::BadCharacters),
        ("tel:+79161234567", None, Fault::BadCharacters),
        ("+7916123456789012345678", None, Fault::TooLong),
    ] {
        assert_eq!(normalise_phone(raw, region), Err(fault), "{raw} in {region:?}");
    }
    assert_eq!(normalise_phone(&"1".repeat(1_000_000), None), Err(Fault::TooLong));
}

#[test]
fn email_addresses() {
    let email = normalise_email(" Anna.Petrova+Clinic@Example.COM ").unwrap();
    assert_eq!(
        (email.shown.as_str(), email.lookup.as_str()),
        ("Anna.Petrova+Clinic@example.com", "anna.petrova+clinic@example.com")
    );
    assert!(!format!("{email:?}").contains("anna"));
    let email = normalise_email("Врач@Клиника.РФ").unwrap();
    assert_eq!((email.shown.as_str(), email.lookup.as_str()), ("Врач@клиника.рф", "врач@xn--80apagcdp.xn--p1ai"));
    assert_eq!(normalise_email("врач@xn--80apagcdp.xn--p1ai").unwrap().lookup, email.lookup);

    for (raw, fault) in [
        ("", Fault::Required),
        ("anna", Fault::BadFormat),
        ("@example.com", Fault::BadFormat),
        ("anna@", Fault::BadFormat),
        ("anna@localhost", Fault::BadFormat),
        ("anna@example..com", Fault::BadFormat),
        ("anna@example.com.", Fault::BadFormat),
        ("anna@-example.com", Fault::BadFormat),
        ("anna@192.168.1.1", Fault::BadFormat),
        ("anna@[192.168.1.1]", Fault::BadFormat),
        (".anna@example.com", Fault::BadFormat),
        ("an..na@example.com", Fault::BadFormat),
        ("anna@boris@example.com", Fault::BadCharacters),
        ("\"anna\"@example.com", Fault::BadCharacters),
        ("an na@example.com", Fault::BadCharacters),
        ("anna@example.com\r\nBcc: all@example.com", Fault::BadCharacters),
        ("an\0na@example.com", Fault::BadCharacters),
        ("an\u{202e}na@example.com", Fault::BadCharacters),
        ("Anna <anna@example.com>", Fault::BadCharacters),
    ] {
        assert_eq!(normalise_email(raw).err(), Some(fault), "{raw:?}");
    }
    assert_eq!(normalise_email(&format!("{}@example.com", "a".repeat(65))).err(), Some(Fault::TooLong));
    assert_eq!(normalise_email(&format!("a@{}.com", "example.".repeat(40))).err(), Some(Fault::TooLong));
}

#[test]
fn names_that_are_taken() {
    for (raw, stored) in [
        ("Анна", "Анна"),
        ("  Мария  Луиза ", "Мария Луиза"),
        ("Салтыков\u{2011}Щедрин", "Салтыков-Щедрин"),
        ("O\u{2019}Brien", "O\u{2019}Brien"),
        ("И\u{306}од", "Йод"),
        ("Нұрсұлтан", "Нұрсұлтан"),
        ("ნინო", "ნინო"),
        ("Martin Luther King Jr.", "Martin Luther King Jr."),
        ("Gʻulom", "Gʻulom"),
        ("प्रिया", "प्रिया"),
        ("محمد", "محمد"),
        ("李小龙", "李小龙"),
        ("Я", "Я"),
    ] {
        assert_eq!(check_name(raw), Ok(stored.to_owned()));
    }
    assert_eq!(check_name(&"Ы".repeat(100)), Ok("Ы".repeat(100)));
    assert_eq!(check_name(&"И\u{306}".repeat(100)), Ok("Й".repeat(100)));
}

#[test]
fn names_that_are_refused() {
    for (raw, fault) in [
        ("", Fault::Required),
        (" \u{a0} ", Fault::Required),
        ("-", Fault::BadFormat),
        (". '", Fault::BadFormat),
        ("Анна1", Fault::BadCharacters),
        ("Анна\0", Fault::BadCharacters),
        ("Ан\nна", Fault::BadCharacters),
        ("Ан\tна", Fault::BadCharacters),
        ("Анна\u{202e}", Fault::BadCharacters),
        ("\u{2066}Анна\u{2069}", Fault::BadCharacters),
        ("Ан\u{200b}на", Fault::BadCharacters),
        ("Ан\u{34f}на", Fault::BadCharacters),
        ("\u{3164}\u{3164}", Fault::BadCharacters),
        ("<b>Анна</b>", Fault::BadCharacters),
        ("Анна; DROP", Fault::BadCharacters),
        ("=Анна", Fault::BadCharacters),
        ("👩Анна", Fault::BadCharacters),
        ("Z\u{335}\u{336}\u{337}\u{338}\u{321}", Fault::BadCharacters),
        ("\u{301}Анна", Fault::BadCharacters),
    ] {
        assert_eq!(check_name(raw), Err(fault), "{raw:?}");
    }
    assert_eq!(check_name(&"Ы".repeat(101)), Err(Fault::TooLong));
}

#[test]
fn folding_forgets_case_and_latin_marks_and_keeps_cyrillic_letters() {
    for (name, folded) in [
        ("СЕМЁНОВ", "семенов"),
        ("Семе\u{308}нов", "семенов"),
        ("Йорданов", "йорданов"),
        ("И\u{306}орданов", "йорданов"),
        ("Łukasz Żółć", "lukasz zolc"),
        ("Ångström", "angstrom"),
        ("Straße", "strasse"),
        ("İbrahim", "ibrahim"),
        ("Ə\u{301}liyev", "aliyev"),
        ("O’Brien", "o'brien"),
        ("O´Brien", "o'brien"),
        ("ᲜᲘᲜᲝ", "ნინო"),
        ("ӘЛИЯ", "әлия"),
        ("Ива\u{2010}нов  Петр", "ива-нов петр"),
    ] {
        assert_eq!(fold(name), folded);
    }
}

#[test]
fn a_name_is_found_in_every_script_and_spelling() {
    for spellings in [
        &["Айгерім", "Айгерим", "Aigerim", "Aygerim", "AIGERIM", "აიგერიმ"][..],
        &["ნინო", "Nino", "Нино", "ᲜᲘᲜᲝ"],
        &["გიორგი", "Giorgi", "Гиорги"],
        &["ქეთევან", "Ketevan", "Кетеван"],
        &["ჭავჭავაძე", "Chavchavadze", "Чавчавадзе"],
        &["წერეთელი", "Tsereteli", "Церетели"],
        &["ჯაფარიძე", "Japaridze", "Джапаридзе"],
        &["სხირტლაძე", "Skhirtladze", "Схиртладзе"],
        &["ვახტანგ", "Vakhtang", "Вахтанг"],
        &["ღვინიაშვილი", "Ghviniashvili", "Гвиниашвили"],
        &["Нұрсұлтан", "Нурсултан", "Nursultan", "Nūrsūltan"],
        &["Қасым-Жомарт", "Касым Жомарт", "Qasym-Jomart", "Kassym-Jomart", "Kasym-Zhomart"],
        &["Тоқаев", "Токаев", "Tokayev", "Tokaev", "Toqaev"],
        &["Шыңғыс", "Shyngys", "Şyŋğys", "Shyńǵys"],
        &["Жүсіп", "Жусип", "Zhusip", "Jusip", "Jüsıp"],
        &["Әлия", "Алия", "Aliya", "Aliia", "Älia", "Alia"],
        &["Щербаков", "Shcherbakov", "Scherbakov", "Sherbakov"],
        &["Юлия", "Yulia", "Yuliya", "Iuliia"],
        &["Евгений", "Evgenii", "Evgeniy", "Yevgeny", "Evgeny"],
        &["Пётр", "Петр", "Petr", "Pyotr", "Piotr"],
        &["Наталья", "Наталия", "Natalya", "Natalia", "Natal'ia", "Natalʹia"],
        &["Дмитрий", "Dmitry", "Dmitrii", "Dmitriy"],
        &["Алексей", "Aleksei", "Alexey", "Alexei"],
        &["Михаил", "Mikhail"],
        &["Хрущёв", "Хрущев", "Khrushchev", "Khrushchyov"],
        &["Чайковский", "Tchaikovsky", "Chaikovskii", "Chaykovskiy"],
        &["Достоевский", "Dostoyevsky", "Dostoevskii"],
        &["Цой", "Tsoi", "Tsoy"],
        &["Шмидт", "Schmidt", "Shmidt"],
        &["Филипп", "Philipp", "Filip"],
        &["Объедков", "Obieedkov", "Obedkov"],
        &["Ива́нов", "Иванов", "Ivanov"],
    ] {
        for other in spellings {
            assert_eq!(skeleton(other), skeleton(spellings[0]), "{other} and {}", spellings[0]);
        }
    }
}

#[test]
fn different_names_keep_different_keys() {
    let names = ["Анна", "Инна", "Иван", "Нино", "Нана", "Саша", "Маша", "Даша", "Паша", "Шота", "Сота", "Жанна", "Зоя", "Хасан"];
    for (i, one) in names.iter().enumerate() {
        for other in &names[i + 1..] {
            assert_ne!(skeleton(one), skeleton(other), "{one} and {other}");
        }
    }
    assert_eq!(skeleton("Қасым-Жомарт Кемелұлы"), "kasim jomart kemeluli");
    assert_eq!(skeleton("李小龙"), "李小龙");
    assert_eq!(skeleton("'"), "");
}

#[test]
fn free_text_and_lines() {
    assert_eq!(check_text("Боль\r\nв груди\t\u{301}", 100), Ok("Боль\nв груди\t\u{301}".to_owned()));
    assert_eq!(check_text("и\u{306}", 1), Ok("й".to_owned()));
    assert_eq!(check_text("абв", 2), Err(Fault::TooLong));
    assert_eq!(check_text("", 0), Ok(String::new()));
    for raw in ["a\0b", "a\rb", "\u{1b}[31m", "a\u{7f}", "a\u{85}b", "a\u{8}"] {
        assert_eq!(check_text(raw, 100), Err(Fault::BadCharacters), "{raw:?}");
        assert_eq!(check_line(raw, 100), Err(Fault::BadCharacters), "{raw:?}");
    }
    assert_eq!(check_line("Боль в груди", 12), Ok("Боль в груди".to_owned()));
    for raw in ["a\nb", "a\r\nb", "a\u{2028}b", "a\u{2029}b"] {
        assert_eq!(check_line(raw, 100), Err(Fault::BadCharacters), "{raw:?}");
    }
}

proptest! {
    #[test]
    fn no_telephone_makes_it_panic_and_e164_is_stable(raw in any_phone(), region in proptest::option::of("[A-Z]{2}|RU|KZ|GE|DE|US|BR")) {
        if let Ok(e164) = normalise_phone(&raw, region.as_deref()) {
            prop_assert_eq!(normalise_phone(&e164, None), Ok(e164.clone()));
            prop_assert_eq!(normalise_phone(&e164, region.as_deref()), Ok(e164));
        }
    }

    #[test]
    fn no_name_makes_it_panic_and_stored_forms_are_stable(raw in any_name()) {
        let folded = fold(&raw);
        prop_assert_eq!(fold(&folded), folded);
        skeleton(&raw);
        if let Ok(name) = check_name(&raw) {
            prop_assert_eq!(check_name(&name), Ok(name.clone()));
        }
    }

    #[test]
    fn case_never_matters(name in "[А-яЁёӘәҚқҢңІіA-Za-zÀ-Öა-ჰ '-]{0,30}") {
        prop_assert_eq!(fold(&name.to_uppercase()), fold(&name.to_lowercase()));
        prop_assert_eq!(skeleton(&name.to_uppercase()), skeleton(&name.to_lowercase()));
    }

    #[test]
    fn no_email_makes_it_panic_and_both_forms_are_stable(raw in prop_oneof![any::<String>(), "[A-Za-zА-я0-9.+]{1,9}@[A-Za-zА-я0-9.-]{1,20}"]) {
        if let Ok(email) = normalise_email(&raw) {
            prop_assert_eq!(normalise_email(&email.shown), Ok(email.clone()));
            prop_assert_eq!(normalise_email(&email.lookup).map(|again| again.lookup), Ok(email.lookup));
        }
    }

    #[test]
    fn no_text_makes_it_panic_and_checked_text_is_stable(raw: String, max_chars in 0..64_usize) {
        if let Ok(text) = check_text(&raw, max_chars) {
            prop_assert!(text.chars().count() <= max_chars);
            prop_assert_eq!(check_text(&text, max_chars), Ok(text));
        }
    }
}

fn any_phone() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "\\+?[0-9]{0,21}", "\\+(7|995|49|55|54|52|1|39)[0-9]{6,12}", "[0-9() .+-]{0,30}"]
}

fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "\\PC{0,30}",
        "[А-яЁёӘәҚқҢңІі '.-]{0,30}",
        "[ა-ჶ ]{0,12}",
        "[A-Za-zÀ-ž '.-]{0,30}",
        "[aeiouияйе\u{300}-\u{330} ]{0,12}"
    ]
}
