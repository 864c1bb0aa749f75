//! What is configured, and can't be meant.

use super::Finding;
use crate::adapters::files::FilesConfig;
use crate::adapters::mail::MailConfig;
use crate::adapters::payments::PaymentsConfig;
use crate::adapters::sms::SmsConfig;
use crate::app::config::Config;
use crate::app::profile::Profile;

pub fn look(config: &Config, sandbox: bool, findings: &mut Vec<Finding>) {
    match Profile::load(&config.profile) {
        Ok(profile) if !profile.confirmed_by_operator && !sandbox => findings.push(Finding::severe(
            format!("the profile {} is not confirmed by the operator", profile.id),
            "terms, purposes and retention in it are defaults that nobody answers for; they are no legal advice",
            "read the profile with your lawyer, complete it, set confirmed_by_operator = true, and point profile to the file",
        )),
        Ok(_) => {}
        Err(error) => findings.push(Finding::severe(
            format!("the profile {} does not load ({error})", config.profile),
            "the server does not start without a profile",
            "mend the file, or name a profile that ships",
        )),
    }
    if sandbox {
        return;
    }
    let nowhere = "messages are kept in memory and reach nobody: codes for signing in, reminders, answers to requests";
    if matches!(config.sms, SmsConfig::Memory {}) {
        findings.push(Finding::severe("sms.kind is memory outside the sandbox", nowhere, "configure a gateway under [sms]"));
    }
    if matches!(config.mail, MailConfig::Memory {}) {
        findings.push(Finding::severe(
            "mail.kind is memory outside the sandbox",
            nowhere,
            "configure a mail server under [mail]",
        ));
    }
    if matches!(config.payments, PaymentsConfig::Memory { .. }) {
        findings.push(Finding::warning(
            "payments.kind is memory outside the sandbox",
            "nobody can pay the sandbox provider: a service with a price can't be paid, and its booking never is confirmed",
            "configure a provider under [payments], or set no prices",
        ));
    }
    checkpoints(config, findings);
    if matches!(config.files(), FilesConfig::Memory {}) {
        findings.push(Finding::severe(
            "files.kind is memory outside the sandbox",
            "documents of patients are gone with the process, and in no backup",
            "configure disk or s3 under [files]",
        ));
    }
}

/// Whoever may write here may clear the checkpoints here too.
fn checkpoints(config: &Config, findings: &mut Vec<Finding>) {
    let why = "whoever can write to the record and to the keys of this machine could cut the trail short, and nothing would tell";
    let mend = "configure under [checkpoints] a folder of another machine, or a bucket of other credentials that forbids to \
                overwrite and delete";
    let is_same = |place: &FilesConfig| match (place, &config.files()) {
        (FilesConfig::Disk { path }, FilesConfig::Disk { path: files }) => path == files || path.starts_with(&config.data),
        (FilesConfig::S3 { bucket, endpoint, .. }, FilesConfig::S3 { bucket: files, endpoint: of, .. }) => {
            bucket == files && endpoint == of
        }
        (FilesConfig::Memory {}, _) => true,
        _ => false,
    };
    match &config.checkpoints {
        None => findings.push(Finding::warning("no second place for checkpoints of the trail is configured", why, mend)),
        Some(place) if is_same(place) => {
            findings.push(Finding::warning("checkpoints of the trail go to no place of their own", why, mend));
        }
        Some(_) => {}
    }
}
