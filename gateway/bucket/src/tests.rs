//! The bucket against the double, when all is well and when it isn't.

use super::*;
use crate::double::{BucketDouble, Trouble};
use jiff::Timestamp;
use std::time::Duration;

fn now() -> Timestamp {
    "2026-03-09T10:00:00Z".parse().unwrap()
}

async fn place() -> (BucketDouble, Bucket) {
    let double = BucketDouble::start().await.unwrap();
    let bucket = Bucket::new(double.settings()).unwrap().with_patience(Duration::from_secs(5));
    (double, bucket)
}

fn keys(page: &Page) -> Vec<(&str, bool)> {
    page.versions.iter().map(|one| (one.key.as_str(), one.is_deletion)).collect()
}

#[tokio::test]
async fn an_object_is_written_once_and_read_back() {
    // REQ-PROOF-02
    let (double, bucket) = place().await;
    assert_eq!(bucket.put_once("a/b+c", b"one", now()).await, Ok(Put::Written));
    assert_eq!(bucket.put_once("a/b+c", b"two", now()).await, Ok(Put::IsThere));
    assert_eq!(bucket.read("a/b+c", None, now()).await.unwrap(), "one");
    let missing = bucket.read("a/c", None, now()).await;
    assert_eq!(missing, Err(BucketFault::NotThere { code: "NoSuchKey".into() }));
    assert!(double.calls()[0].starts_with("PUT /heads/a/b%2Bc"), "encoded once");
}

#[tokio::test]
async fn what_was_deleted_or_replaced_is_still_listed() {
    // REQ-PROOF-02: a marker of a deletion hides an object from ordinary lists, not from this one.
    let (double, bucket) = place().await;
    for key in ["p/1", "p/2", "q/1"] {
        bucket.put_once(key, b"x", now()).await.unwrap();
    }
    double.delete("p/1");
    double.write("p/2", "y");
    let page = bucket.versions("p/", None, now()).await.unwrap();
    assert_eq!(keys(&page), [("p/1", false), ("p/1", true), ("p/2", false), ("p/2", false)]);
    let oldest = page.versions.last().unwrap();
    assert_eq!(bucket.read(&oldest.key, oldest.version.as_deref(), now()).await.unwrap(), "x");
    let rest = bucket.versions("p/", Some("p/1"), now()).await.unwrap();
    assert_eq!(keys(&rest), [("p/2", false), ("p/2", false)]);
    double.has_no_versions();
    let page = bucket.versions("p/", None, now()).await.unwrap();
    assert_eq!(keys(&page), [("p/2", false)]);
    assert_eq!(page.versions[0].version, None);
}

#[tokio::test]
async fn a_long_list_comes_in_pages() {
    // REQ-PROOF-02
    let (double, bucket) = place().await;
    let most = 600;
    for n in 0..most {
        double.write(&format!("p/{n:04}"), "x");
    }
    let (mut seen, mut after, mut pages) = (vec![], None::<String>, 0);
    loop {
        let page = bucket.versions("p/", after.as_deref(), now()).await.unwrap();
        seen.extend(page.versions.iter().map(|one| one.key.clone()));
        after = page.versions.last().map(|one| one.key.clone());
        pages += 1;
        if !page.has_more {
            break;
        }
    }
    assert_eq!((seen.len(), seen.is_sorted(), pages), (most, true, 3));
}

#[tokio::test]
async fn each_fault_says_what_to_do_and_repeats_nothing_of_the_answer() {
    // REQ-PROOF-02, REQ-HARD-06
    let (double, bucket) = place().await;
    for (status, code, told) in [
        (403, "AccessDenied", "isn't allowed to list objects there (AccessDenied)"),
        (403, "SignatureDoesNotMatch", "`region` is not the bucket's"),
        (403, "RequestTimeTooSkewed", "clock"),
        (403, "InvalidAccessKeyId", "doesn't know the access key"),
        (400, "ExpiredToken", "has expired"),
        (301, "PermanentRedirect", "set `region`"),
        (400, "AuthorizationHeaderMalformed", "set `region`"),
        (404, "NoSuchBucket", "no bucket of that name"),
        (409, "ConditionalRequestConflict", "at this moment"),
        (503, "SlowDown", "503 Service Unavailable to an attempt to list objects (SlowDown)"),
        (500, "<b>odd</b> & long", "(no code)"),
    ] {
        double.goes_wrong([Trouble::Says(status, code)]);
        let says = bucket.versions("p/", None, now()).await.unwrap_err().to_string();
        assert!(says.contains(told) && !says.contains("StringToSign"), "{says}");
    }
    double.goes_wrong([Trouble::Says(501, "NotImplemented"), Trouble::Says(501, "NotImplemented")]);
    assert_eq!(bucket.versions("p/", None, now()).await, Err(BucketFault::CannotDo { call: "list objects" }));
}

#[tokio::test]
async fn an_answer_that_is_none_is_not_an_empty_list() {
    // REQ-PROOF-02: a page that wants a sign-in first, with status 200, would hide all that is there.
    let (double, bucket) = place().await;
    for garbage in [
        String::new(),
        "<html>Sign in first</html>".to_owned(),
        "<ListVersionsResult><IsTruncated>false".to_owned(),
        "<ListVersionsResult><Version></Version></ListVersionsResult>".to_owned(),
        "\u{0}\u{1}".repeat(100),
    ] {
        double.goes_wrong([Trouble::Garbage(garbage.clone())]);
        let listed = bucket.versions("p/", None, now()).await;
        assert_eq!(listed, Err(BucketFault::NotABucket { call: "list objects" }), "{garbage}");
    }
    double.goes_wrong([Trouble::Garbage("x".repeat(2 << 20))]);
    let large = bucket.read("p/1", None, now()).await;
    assert_eq!(large, Err(BucketFault::TooLarge { largest: 1 << 20 }));
    double.goes_wrong([Trouble::Garbage("<html/>".to_owned())]);
    assert!(bucket.object_lock(now()).await.is_err());
}

#[tokio::test]
async fn nobody_waits_long_and_a_lost_answer_is_found_out_by_the_next_attempt() {
    // REQ-PROOF-02
    let (double, bucket) = place().await;
    let hasty = bucket.clone().with_patience(Duration::from_millis(200));
    double.goes_wrong([Trouble::Silence, Trouble::LostAnswer]);
    for _ in 0..2 {
        let late = hasty.put_once("p/1", b"x", now()).await.unwrap_err().to_string();
        assert!(late.contains("no answer within"), "{late}");
    }
    assert_eq!(bucket.put_once("p/1", b"x", now()).await, Ok(Put::IsThere));
    let elsewhere = Bucket::new(double.settings()).unwrap();
    drop(double);
    let gone = elsewhere.read("p/1", None, now()).await.unwrap_err().to_string();
    assert!(gone.contains("onnect"), "{gone}");
}

#[tokio::test]
async fn it_says_whether_it_locks_what_comes() {
    // REQ-PROOF-02
    let (double, bucket) = place().await;
    assert_eq!(bucket.object_lock(now()).await, Ok(ObjectLock::Off));
    assert_eq!(bucket.has_versions(now()).await, Ok(true));
    double.is_locked("<ObjectLockEnabled>Enabled</ObjectLockEnabled>");
    assert_eq!(bucket.object_lock(now()).await, Ok(ObjectLock::NoDefault));
    double.has_no_versions();
    assert_eq!(bucket.has_versions(now()).await, Ok(false));
}

#[tokio::test]
async fn a_key_with_a_line_end_in_it_is_refused_and_not_shown() {
    // REQ-HARD-06
    let (double, _) = place().await;
    let keys = AccessKeys { id: "A\nB".into(), secret: ["ge", "heim"].concat().into(), session_token: None };
    let settings = BucketSettings { access: AccessSource::Given(keys), ..double.settings() };
    let says = Bucket::new(settings).unwrap().read("p", None, now()).await.unwrap_err().to_string();
    assert!(says.contains("makes no header authorization") && !says.contains("geheim"), "{says}");
}
