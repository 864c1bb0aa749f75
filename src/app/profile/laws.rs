//! What no profile may say of the law, or leave out.

use super::{Profile, Right};
use chrono::NaiveDate;

pub fn check(profile: &Profile, wrong: &mut impl FnMut(&str, String)) {
    rights(profile, wrong);
    let retention = profile
        .retention
        .iter()
        .map(|rule| (format!("retention.{}", rule.class), &rule.rule, Some(rule.valid_from), rule.valid_to));
    let purposes = profile.purposes.iter().map(|it| (format!("purpose.{}", it.id), &it.source, it.valid_from, it.valid_to));
    let values = profile.law.values.iter().map(|it| (it.of.clone(), &it.source, Some(it.valid_from), it.valid_to));
    for (place, source, from, to) in retention.chain(values) {
        sourced(&place, source, wrong);
        span(&place, from, to, wrong);
    }
    for (place, _, from, to) in purposes {
        span(&place, from, to, wrong);
    }
    let policy = &profile.policy;
    for (place, policy) in
        [("policy", Some(policy)), ("next_policy", profile.next_policy.as_ref()), ("desk.rights", profile.desk.rights.as_ref())]
    {
        if policy.is_some_and(|policy| policy.text.all().iter().any(|text| text.trim().is_empty())) {
            wrong(place, "it has no text in one of the four languages".to_owned());
        }
    }
    if profile
        .next_policy
        .as_ref()
        .is_some_and(|next| next.version == policy.version || next.effective_from <= policy.effective_from)
    {
        wrong("next_policy", "it has another version than policy, and a later day from which it is in force".to_owned());
    }
}

fn rights(profile: &Profile, wrong: &mut impl FnMut(&str, String)) {
    for right in Right::ALL {
        let place = format!("law.rights.{}", right.as_str());
        let mut rules: Vec<_> = profile.law.rights.iter().filter(|rule| rule.right == right).collect();
        if rules.is_empty() {
            wrong(&place, "the right has no rule; say within which term a demand is answered, and by which act".to_owned());
        }
        rules.sort_by_key(|rule| rule.valid_from);
        for rule in &rules {
            sourced(&place, &rule.source, wrong);
            span(&place, Some(rule.valid_from), rule.valid_to, wrong);
        }
        if rules.last().is_some_and(|rule| rule.valid_to.is_some()) {
            wrong(&place, "its last rule ends, and none follows".to_owned());
        }
        for pair in rules.windows(2) {
            let follows = pair[0].valid_to.and_then(|last| last.succ_opt());
            if follows.is_some_and(|day| day != pair[1].valid_from) {
                wrong(&place, format!("between the rules to and from {} lies a gap, or an overlap", pair[1].valid_from));
            }
        }
    }
}

fn sourced(place: &str, source: &str, wrong: &mut impl FnMut(&str, String)) {
    if source.trim().is_empty() {
        wrong(place, "it names no act: say in which law and article it stands".to_owned());
    }
}

fn span(place: &str, from: Option<NaiveDate>, to: Option<NaiveDate>, wrong: &mut impl FnMut(&str, String)) {
    if from.zip(to).is_some_and(|(from, to)| to < from) {
        wrong(place, "valid_to lies before valid_from".to_owned());
    }
}
