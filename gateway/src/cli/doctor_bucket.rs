//! `gateway doctor`: whether the bucket for the audit log's checkpoints can be reached, keeps what it gets, and has the newest one.

use super::doctor::{Finding, Level};
use super::doctor_audit::MANY;
use crate::anchor::BucketHeads;
use crate::clock;
use crate::config::Config;
use crate::store::Inspection;
use gateway_bucket::{Bucket, BucketFault, LockMode, ObjectLock};
use gateway_proof::checkpoint::Checkpoint;
use jiff::Timestamp;
use std::path::Path;

pub(super) async fn look(config: &Config, state: &Path, findings: &mut Vec<Finding>) {
    let Some(settings) = config.log_heads.bucket.clone() else { return };
    let is_plain = settings.endpoint.is_plain();
    let mut add = |(level, says)| findings.push(Finding { check: "bucket", level, says });
    let heads = match BucketHeads::new(settings) {
        Ok(heads) => heads,
        Err(error) => {
            return add((Level::Fault, format!("this machine has no usable CA certificates: {error}")));
        }
    };
    let now = clock::system().now();
    if let Some(found) = newest(&heads, state, now).await {
        add(found);
    }
    add(lock(heads.bucket(), now).await);
    if is_plain {
        let says =
            "is asked without TLS: anyone on the way can hide what is there. Use an address with https://";
        add((Level::Warning, says.to_owned()));
    }
}

/// None while there is no log.
async fn newest(heads: &BucketHeads, state: &Path, now: Timestamp) -> Option<(Level, String)> {
    let inspection = Inspection::of(state).ok()?;
    let head: Checkpoint = inspection.audit_checkpoint().ok()?.parse().ok()?;
    let key = inspection.audit_keys().ok()?.into_iter().rev().find(|key| key.name() == head.origin)?;
    let place = heads.place();
    let look = match heads.look(&key, now).await {
        Ok(look) => look,
        Err(fault) => return Some((Level::Fault, format!("{place} can't be read: {fault}"))),
    };
    if !look.strange.is_empty() {
        let says = format!("{place} has what is not from this gateway: {}", look.strange.join("; "));
        return Some((Level::Warning, says));
    }
    Some(match look.newest {
        None => (Level::Warning, format!("{place} has no checkpoint of this log yet")),
        Some(newest) => {
            let since = head.size.saturating_sub(newest.checkpoint.size);
            let level = if since > MANY { Level::Warning } else { Level::Ok };
            (level, format!("newest checkpoint in {place}: {since} of {} entries ago", head.size))
        }
    })
}

async fn lock(bucket: &Bucket, now: Timestamp) -> (Level, String) {
    match bucket.object_lock(now).await {
        Ok(ObjectLock::Default(retention)) => match retention.mode {
            LockMode::Compliance => {
                (Level::Ok, format!("locks each checkpoint for {} (compliance): nobody can delete it", retention.time))
            }
            LockMode::Governance => (
                Level::Warning,
                format!(
                    "locks each checkpoint for {} (governance): anyone who has the right to bypass that can delete it. Use the mode \
                        compliance",
                    retention.time
                ),
            ),
        },
        Ok(ObjectLock::NoDefault) => (
            Level::Warning,
            "has object lock and no default retention, so no checkpoint is locked. Set a default retention".to_owned(),
        ),
        Ok(ObjectLock::Off) => (Level::Warning, without_lock(bucket, now).await),
        Err(BucketFault::CannotDo { .. }) => (
            Level::Warning,
            "its service has no object lock that can be read: check yourself that nobody can delete or replace checkpoints".to_owned(),
        ),
        Err(fault) => (Level::Warning, format!("can't say whether it locks checkpoints: {fault}")),
    }
}

async fn without_lock(bucket: &Bucket, now: Timestamp) -> String {
    let versions = match bucket.has_versions(now).await {
        Ok(true) => " It keeps older versions, until someone deletes those too.",
        Ok(false) => " It keeps no older versions either.",
        Err(_) => "",
    };
    format!(
        "has no object lock: anyone who administers it, or has a key that can, can delete checkpoints.{versions} Create a bucket with object \
            lock and a default retention"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use gateway_bucket::double::{BucketDouble, Trouble};

    const ON: &str = "<ObjectLockEnabled>Enabled</ObjectLockEnabled>";

    fn rule(mode: &str) -> String {
        format!("{ON}<Rule><DefaultRetention><Mode>{mode}</Mode><Days>3650</Days></DefaultRetention></Rule>")
    }

    #[tokio::test]
    async fn a_bucket_that_locks_nothing_is_said_to_do_so() {
        // REQ-PROOF-02
        let double = BucketDouble::start().await.unwrap();
        let bucket = Bucket::new(double.settings()).unwrap();
        let now = "2026-03-09T10:00:00Z".parse().unwrap();
        let (level, says) = lock(&bucket, now).await;
        assert!(
            level == Level::Warning
                && says.contains("no object lock")
                && says.contains("older versions, until"),
            "{says}"
        );
        for (inside, level, part) in [
            (ON.to_owned(), Level::Warning, "no default retention"),
            (rule("GOVERNANCE"), Level::Warning, "bypass"),
            (rule("COMPLIANCE"), Level::Ok, "3650 days (compliance): nobody can delete it"),
        ] {
            double.is_locked(&inside);
            let found = lock(&bucket, now).await;
            assert!(found.0 == level && found.1.contains(part), "{found:?}");
        }
        double.goes_wrong([Trouble::Says(403, "AccessDenied"), Trouble::Says(501, "NotImplemented")]);
        assert!(lock(&bucket, now).await.1.contains("isn't allowed to read the settings of its object lock"));
        assert!(lock(&bucket, now).await.1.contains("check yourself"));
    }
}
