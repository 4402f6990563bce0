//! Notices: one's own settings, and how sending goes.

use accord_service::NoticeSettings;
use serde_json::json;

use super::call::{Call, Reply, give};

pub(super) async fn own(call: Call) -> Reply {
    let (settings, mail, webhook) = call.node.notice_settings(call.who()?).await?;
    give(json!({ "settings": settings, "mail": mail, "webhook": webhook }))
}

pub(super) async fn set(call: Call) -> Reply {
    let settings: NoticeSettings = call.json()?;
    give(call.node.set_notices(call.who()?, &settings).await?)
}

pub(super) async fn state(call: Call) -> Reply {
    give(call.node.notices_state(call.who()?).await?)
}
