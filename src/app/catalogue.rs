//! Every text that people read, in four languages, from one place. The files lie in `catalogue/`; a test holds their keys
//! and placeholders equal.

use crate::kernel::error::{Code, Fault, Reason};
use crate::kernel::lang::Lang;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use std::borrow::Cow;
use std::sync::LazyLock;

/// A value for a placeholder: `"123456".into()` or `5.into()`.
pub type Value<'a> = fluent_bundle::FluentValue<'a>;

type Bundle = FluentBundle<FluentResource>;

static BUNDLES: LazyLock<[(Lang, Bundle); 4]> =
    LazyLock::new(|| [Lang::Ru, Lang::Kk, Lang::Ka, Lang::En].map(|lang| (lang, bundle(lang))));

/// The source of one language, for tests and for translators' tools.
pub const fn source(lang: Lang) -> &'static str {
    match lang {
        Lang::Ru => include_str!("catalogue/ru.ftl"),
        Lang::Kk => include_str!("catalogue/kk.ftl"),
        Lang::Ka => include_str!("catalogue/ka.ftl"),
        Lang::En => include_str!("catalogue/en.ftl"),
    }
}

fn bundle(lang: Lang) -> Bundle {
    let mut bundle = Bundle::new_concurrent(lang.as_str().parse().into_iter().collect());
    // No direction marks around values: they would count against the length of an SMS, and no language here needs them.
    bundle.set_use_isolating(false);
    let resource = FluentResource::try_new(source(lang).to_owned()).unwrap_or_else(|(resource, errors)| {
        // The readable entries still serve; the test over the catalogue refuses to let such a file through.
        tracing::error!(lang = lang.as_str(), errors = errors.len(), "a catalogue file has entries that can't be read");
        resource
    });
    bundle.add_resource_overriding(resource);
    bundle
}

/// The text for `key`, or for its attribute when written `key.attribute`, with `args` put in. A key that a language lacks is
/// answered in English, and one that nobody has by itself, so that a missing text never becomes a failure.
pub fn text(lang: Lang, key: &str, args: &[(&str, Value<'_>)]) -> String {
    let args: FluentArgs = args.iter().map(|(name, value)| (Cow::from(*name), value.clone())).collect();
    find(lang, key, &args).or_else(|| find(Lang::En, key, &args)).unwrap_or_else(|| key.to_owned())
}

fn find(lang: Lang, key: &str, args: &FluentArgs) -> Option<String> {
    let (_, bundle) = BUNDLES.iter().find(|(of, _)| *of == lang)?;
    let (id, attribute) = key.split_once('.').map_or((key, None), |(id, attribute)| (id, Some(attribute)));
    let message = bundle.get_message(id)?;
    let pattern = match attribute {
        Some(attribute) => message.get_attribute(attribute)?.value(),
        None => message.value()?,
    };
    let mut errors = Vec::new();
    let text = bundle.format_pattern(pattern, Some(args), &mut errors);
    if !errors.is_empty() {
        tracing::error!(lang = lang.as_str(), key, "a text lacks a value for its placeholder");
    }
    Some(text.into_owned())
}

/// The title of a problem.
pub fn title(lang: Lang, code: Code) -> String {
    text(lang, &format!("problem-{code}"), &[])
}

/// What happened, and what the caller can do.
pub fn detail(lang: Lang, code: Code) -> String {
    text(lang, &format!("problem-{code}.detail"), &[])
}

/// What stands against a booking, in a sentence.
pub fn reason(lang: Lang, reason: Reason) -> String {
    text(lang, &format!("reason-{reason}"), &[])
}

/// What is wrong with one field, in a few words.
pub fn fault(lang: Lang, fault: Fault) -> String {
    text(lang, &format!("fault-{fault}"), &[])
}
