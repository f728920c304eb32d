//! What a bucket says of its object lock: whether it has one, and for how long each object that comes is locked by itself.

use crate::s3_xml;
use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectLock {
    Off,
    /// Objects can be locked, and those that come without a time of their own aren't.
    NoDefault,
    Default(Retention),
}

/// For how long, and for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    pub mode: LockMode,
    /// Such as `3650 days`.
    pub time: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockMode {
    /// Nobody can delete a version before its time, the account's owner neither.
    Compliance,
    /// Those can who have a right for that.
    Governance,
}

impl ObjectLock {
    /// None for what is no such answer.
    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        let text = str::from_utf8(body).ok()?;
        let (_, inside) = *s3_xml::elements(text, &["ObjectLockConfiguration"]).first()?;
        if s3_xml::text(inside, "ObjectLockEnabled").as_deref() != Some("Enabled") {
            return Some(Self::Off);
        }
        let rules = s3_xml::elements(inside, &["DefaultRetention"]);
        let retention = rules.first().and_then(|(_, rule)| Retention::read(rule));
        Some(retention.map_or(Self::NoDefault, Self::Default))
    }
}

impl Retention {
    fn read(rule: &str) -> Option<Self> {
        let mode = match s3_xml::text(rule, "Mode")?.as_str() {
            "COMPLIANCE" => LockMode::Compliance,
            "GOVERNANCE" => LockMode::Governance,
            _ => return None,
        };
        let number = |name| s3_xml::text(rule, name)?.parse::<u32>().ok().filter(|number| *number > 0);
        let days = number("Days").map(|days| format!("{days} days"));
        let time = days.or_else(|| number("Years").map(|years| format!("{years} years")))?;
        Some(Self { mode, time })
    }
}

impl fmt::Display for LockMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Compliance => "compliance",
            Self::Governance => "governance",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(inside: &str) -> Option<ObjectLock> {
        ObjectLock::read(
            format!("<ObjectLockConfiguration xmlns=\"x\">{inside}</ObjectLockConfiguration>").as_bytes(),
        )
    }

    #[test]
    fn only_a_default_with_a_mode_and_a_time_locks_what_comes() {
        // REQ-PROOF-02
        let on = "<ObjectLockEnabled>Enabled</ObjectLockEnabled>";
        let rule = |inside: &str| format!("{on}<Rule><DefaultRetention>{inside}</DefaultRetention></Rule>");
        let days = Retention { mode: LockMode::Compliance, time: "30 days".to_owned() };
        let years = Retention { mode: LockMode::Governance, time: "2 years".to_owned() };
        for (inside, expected) in [
            (String::new(), ObjectLock::Off),
            ("<ObjectLockEnabled>Disabled</ObjectLockEnabled>".to_owned(), ObjectLock::Off),
            (on.to_owned(), ObjectLock::NoDefault),
            (rule("<Mode>COMPLIANCE</Mode>"), ObjectLock::NoDefault),
            (rule("<Mode>COMPLIANCE</Mode><Days>0</Days>"), ObjectLock::NoDefault),
            (rule("<Mode>ODD</Mode><Days>3</Days>"), ObjectLock::NoDefault),
            (rule("<Mode>COMPLIANCE</Mode><Days>30</Days>"), ObjectLock::Default(days)),
            (rule("<Mode>GOVERNANCE</Mode><Days/><Years>2</Years>"), ObjectLock::Default(years)),
        ] {
            assert_eq!(read(&inside), Some(expected), "{inside}");
        }
        assert_eq!(ObjectLock::read(b"<html>Sign in first</html>"), None);
    }
}
