//! `audit`: the audit log's newest head, for people who keep it where the gateway can't change it.

use super::{Command, Invocation};
use crate::slack::sentences;

pub(super) const AUDIT: Command =
    Command::new("audit", "", "shows the audit log's newest head, for you to keep", |given| {
        Box::pin(audit(given))
    });

async fn audit(given: Invocation<'_>) {
    let told = match given.context.desk.audit_head().await {
        Ok(line) => sentences::log_head(&line),
        Err(error) => sentences::no_log_head(&error.to_string()),
    };
    given.tell(&told).await;
}
