//! How doctors are found by name, in any case and script: by the beginnings of the words of their names. A word is kept in
//! two forms, folded (the same script, without case) and as its skeleton (across scripts, without marks); the engine compares
//! bytes and nothing else, so both engines find the same.

use super::rows::{Sought, Term};
use crate::app::multilingual::Multilingual;
use crate::clinic::identity::person_name::fold;
use crate::clinic::identity::skeleton::skeleton;
use std::collections::BTreeSet;

/// Most characters of a name that the order of the list looks at.
const SORTING_CHARS: usize = 60;
/// Most words that one search looks for.
const TERMS_MAX: usize = 6;
/// Stands before a folded word, and before a skeleton: `x` alone is the skeleton of Ш.
const FOLDED: char = '=';
const SKELETON: char = '~';
/// Greater than every letter.
const AFTER_ALL: char = '\u{e000}';

/// The words of all names, and the place of the first one in the list.
pub fn sought(names: &Multilingual, first: &str) -> Sought {
    let forms = names.all().into_iter().flat_map(words).flat_map(|word| [folded(word), skeletal(word)]);
    let words: BTreeSet<String> = forms.flatten().collect();
    Sought { words: words.into_iter().collect(), sorting: sorting(first) }
}

/// What is sought, word by word, each in both forms. More than a few words narrow nothing any more, and of those of one
/// letter the first alone counts: each of them is a good part of all names to look through.
pub fn terms(name: &str) -> Vec<Term> {
    let mut letters = 0;
    let mut counts = |word: &&str| {
        letters += usize::from(word.chars().nth(1).is_none());
        letters <= 1 || word.chars().nth(1).is_some()
    };
    let forms = |word| [folded(word), skeletal(word)].into_iter().flatten().collect();
    words(name).filter(|word| counts(word)).map(forms).filter(|term: &Term| !term.is_empty()).take(TERMS_MAX).collect()
}

/// What stands between spaces, hyphens and dots.
fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2013}' | '.')).filter(|word| !word.is_empty())
}

fn folded(word: &str) -> Option<String> {
    let folded: String = fold(word).chars().filter(|c| *c != '\'' && !c.is_whitespace()).collect();
    (!folded.is_empty()).then(|| format!("{FOLDED}{folded}"))
}

fn skeletal(word: &str) -> Option<String> {
    let skeleton = skeleton(word);
    (!skeleton.is_empty()).then(|| format!("{SKELETON}{skeleton}"))
}

/// The order of a list, compared byte by byte: that of the letters, with those of Kazakh after the Russian ones that they
/// resemble, as the alphabet has them.
fn sorting(name: &str) -> String {
    let mut key = String::new();
    for c in fold(name).chars().take(SORTING_CHARS) {
        match before(c) {
            Some(letter) => key.extend([letter, AFTER_ALL]),
            None => key.push(c),
        }
    }
    key
}

fn before(c: char) -> Option<char> {
    Some(match c {
        'ә' => 'а',
        'ғ' => 'г',
        'қ' => 'к',
        'ң' => 'н',
        'ө' => 'о',
        'ұ' | 'ү' => 'у',
        'һ' => 'х',
        'і' => 'ы',
        _ => return None,
    })
}
