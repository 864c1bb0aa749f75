//! What a push consists of. Everything here is made from a [`Wake`] and from constants, so nothing about a person can
//! find its way in: there is no argument that it could come by.

use super::{Manner, Wake};
use crate::adapters::SendFault;
use apns_h2::request::payload::Payload;
use apns_h2::{CollapseId, DefaultNotificationBuilder, NotificationBuilder, NotificationOptions, Priority, PushType};
use firebae_cm::{
    AndroidConfig, AndroidMessagePriority, AndroidNotification, ApnsConfig, FirebaseMap, IntoFirebaseMap, MessageBody, Receiver,
};

/// The key under which the app's own catalogue holds the one text that is ever shown.
pub(super) const NOTICE: &str = "NOTICE";

/// FCM keeps nothing for longer than four weeks, and refuses to be asked.
const FCM_LONGEST_S: u32 = 28 * 24 * 60 * 60;

/// The body for APNs. An alert may be changed by the app's own extension before it is shown, which is how the text gets
/// onto the lock screen without passing through Apple.
pub(super) fn apple(wake: &Wake) -> Payload<'static> {
    let builder = DefaultNotificationBuilder::new();
    let builder = match wake.manner {
        Manner::Alert => builder.loc_key(NOTICE).mutable_content(),
        Manner::Background => builder.content_available(),
        Manner::Voip => builder,
    };
    let mut payload = builder.build("", NotificationOptions::default());
    payload.aps.mutable_content = payload.aps.mutable_content.filter(|_| wake.manner == Manner::Alert);
    payload.data.insert("id".into(), wake.id.to_string().into());
    payload
}

/// The headers for APNs, but for the topic. A background push with priority 10 would be an error.
pub(super) fn apple_options<'a>(wake: &Wake, id: &'a str, seconds_left: u32) -> NotificationOptions<'a> {
    let expires_at = u64::try_from(wake.expires_at.timestamp()).unwrap_or(0);
    NotificationOptions {
        apns_push_type: Some(match wake.manner {
            Manner::Alert => PushType::Alert,
            Manner::Background => PushType::Background,
            Manner::Voip => PushType::Voip,
        }),
        apns_priority: Some(match wake.manner {
            Manner::Alert | Manner::Voip => Priority::High,
            Manner::Background => Priority::Normal,
        }),
        apns_expiration: Some(if seconds_left == 0 { 0 } else { expires_at }),
        // The same notification sent again takes the place of the first.
        apns_collapse_id: CollapseId::new(id).ok(),
        ..NotificationOptions::default()
    }
}

/// These options as headers, in the names that APNs gives them.
pub(super) fn apple_headers(options: &NotificationOptions<'_>) -> Vec<(&'static str, String)> {
    let named = [
        ("apns-push-type", options.apns_push_type.map(|kind| kind.to_string())),
        ("apns-priority", options.apns_priority.as_ref().map(ToString::to_string)),
        ("apns-expiration", options.apns_expiration.map(|at| at.to_string())),
        ("apns-collapse-id", options.apns_collapse_id.as_ref().map(|id| id.value.to_owned())),
    ];
    named.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// The message for FCM. Behind its tokens stand Androids and iPhones, and which of them it is nobody tells us.
pub(super) fn google(receiver: Receiver, wake: &Wake, seconds_left: u32) -> Result<MessageBody, SendFault> {
    let id = wake.id.to_string();
    let android = AndroidConfig::new().ttl(seconds_left.min(FCM_LONGEST_S) as usize);
    let android = match wake.manner {
        // The tag, not a collapse key: FCM keeps four of those for each phone, and drops the rest.
        Manner::Alert => {
            android.priority(AndroidMessagePriority::High).notification(AndroidNotification::new().body_loc_key(NOTICE).tag(&id))
        }
        Manner::Background | Manner::Voip => android.priority(AndroidMessagePriority::Normal),
    };
    let payload = serde_json::to_value(apple(wake)).map_err(|_| UNWRITABLE)?;
    let headers = Map(apple_headers(&apple_options(wake, &id, seconds_left)));
    let apns = ApnsConfig::new().payload(payload).headers(headers).map_err(|_| UNWRITABLE)?;
    Ok(id_alone(receiver, id)?.android(android).apns(apns))
}

/// The message for RuStore, which knows neither keys of texts nor priorities: the id, and how long to keep it.
pub(super) fn rustore(receiver: Receiver, wake: &Wake, seconds_left: u32) -> Result<MessageBody, SendFault> {
    let android = AndroidConfig::new().ttl(seconds_left.min(FCM_LONGEST_S) as usize);
    Ok(id_alone(receiver, wake.id.to_string())?.android(android))
}

const UNWRITABLE: SendFault = SendFault::Reject { why: "the push can't be written" };

fn id_alone(receiver: Receiver, id: String) -> Result<MessageBody, SendFault> {
    MessageBody::new(receiver).data(Map(vec![("id", id)])).map_err(|_| UNWRITABLE)
}

struct Map(Vec<(&'static str, String)>);

impl IntoFirebaseMap for Map {
    fn as_map(&self) -> FirebaseMap {
        let mut map = FirebaseMap::new();
        for (name, value) in &self.0 {
            map.insert(*name, value);
        }
        map
    }
}
