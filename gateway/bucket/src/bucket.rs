//! What can be done with a bucket. Whoever calls brings the time, which each signature has in it.

use crate::bucket_fault::BucketFault;
use crate::bucket_http::{BucketHttp, Call};
use crate::object_lock::ObjectLock;
use crate::s3_xml;
use crate::settings::BucketSettings;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use hyper::body::Bytes;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::io;
use std::time::Duration;

/// Of a page; a checkpoint a minute is more than this each four hours.
pub(crate) const PAGE: &str = "250";

const LIST: &str = "list objects";

#[derive(Clone)]
pub struct Bucket {
    settings: BucketSettings,
    http: BucketHttp,
}

/// What came of an object that was to be written once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    Written,
    /// There is one of that name; nothing was changed.
    IsThere,
}

/// One version of an object, or a marker that hides those before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredVersion {
    pub key: String,
    /// None where the service has no versions.
    pub version: Option<String>,
    pub is_deletion: bool,
}

/// A part of a list, in the order of the names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    pub versions: Vec<StoredVersion>,
    /// Whether the list goes on behind the last one.
    pub has_more: bool,
}

impl Bucket {
    /// Fails where this machine has no CA certificates.
    pub fn new(settings: BucketSettings) -> io::Result<Self> {
        Ok(Self { settings, http: BucketHttp::new()? })
    }

    pub fn with_patience(self, patience: Duration) -> Self {
        Self { http: self.http.with_patience(patience), ..self }
    }

    pub fn settings(&self) -> &BucketSettings {
        &self.settings
    }

    /// Writes an object unless there is one of that name. Its digest goes with it, and what that is: a bucket that locks what it gets
    /// demands both.
    pub async fn put_once(&self, key: &str, body: &[u8], now: Timestamp) -> Result<Put, BucketFault> {
        let digest = BASE64.encode(Sha256::digest(body));
        let headers = [
            ("content-type", "text/plain; charset=utf-8"),
            ("if-none-match", "*"),
            ("x-amz-checksum-sha256", digest.as_str()),
            ("x-amz-sdk-checksum-algorithm", "SHA256"),
        ];
        let call = Call { what: "write an object", method: "PUT", key, query: &[], headers: &headers, body };
        match self.http.call(&self.settings, &call, now).await {
            Ok(_) => Ok(Put::Written),
            Err(BucketFault::Other { status, .. }) if status == 412 => Ok(Put::IsThere),
            Err(fault) => Err(fault),
        }
    }

    /// What a version holds; without one the newest, if that is no deletion.
    pub async fn read(&self, key: &str, version: Option<&str>, now: Timestamp) -> Result<Bytes, BucketFault> {
        let query: Vec<_> = version.map(|version| ("versionId", version)).into_iter().collect();
        self.http.call(&self.settings, &Call::get("read an object", key, &query), now).await
    }

    /// All versions of the objects whose names begin so, behind that name. An object that somebody deleted or replaced is still among
    /// them where the bucket has versions; a service that doesn't know such lists answers with what is there now.
    pub async fn versions(
        &self,
        prefix: &str,
        after: Option<&str>,
        now: Timestamp,
    ) -> Result<Page, BucketFault> {
        let mut query = vec![("versions", ""), ("prefix", prefix), ("max-keys", PAGE)];
        query.extend(after.map(|after| ("key-marker", after)));
        let listed = self.http.call(&self.settings, &Call::get(LIST, "", &query), now).await;
        let (body, root) = match listed {
            Err(BucketFault::CannotDo { .. }) => {
                (self.objects(prefix, after, now).await?, "ListBucketResult")
            }
            listed => (listed?, "ListVersionsResult"),
        };
        let mut page = page(&body, root).ok_or(BucketFault::NotABucket { call: LIST })?;
        // Whether the name behind which a list begins is in it differs between services.
        page.versions.retain(|one| after.is_none_or(|after| one.key.as_str() > after));
        Ok(page)
    }

    async fn objects(&self, prefix: &str, after: Option<&str>, now: Timestamp) -> Result<Bytes, BucketFault> {
        let mut query = vec![("list-type", "2"), ("prefix", prefix), ("max-keys", PAGE)];
        query.extend(after.map(|after| ("start-after", after)));
        self.http.call(&self.settings, &Call::get(LIST, "", &query), now).await
    }

    /// Whether what is written there can be deleted again.
    pub async fn object_lock(&self, now: Timestamp) -> Result<ObjectLock, BucketFault> {
        const WHAT: &str = "read the settings of its object lock";
        let body =
            match self.http.call(&self.settings, &Call::get(WHAT, "", &[("object-lock", "")]), now).await {
                Err(BucketFault::NotThere { .. }) => return Ok(ObjectLock::Off),
                answered => answered?,
            };
        ObjectLock::read(&body).ok_or(BucketFault::NotABucket { call: WHAT })
    }

    /// Whether what is overwritten or deleted there stays as an older version.
    pub async fn has_versions(&self, now: Timestamp) -> Result<bool, BucketFault> {
        const WHAT: &str = "read the settings of its versions";
        let body = self.http.call(&self.settings, &Call::get(WHAT, "", &[("versioning", "")]), now).await?;
        let text = str::from_utf8(&body).map_err(|_| BucketFault::NotABucket { call: WHAT })?;
        let root = s3_xml::elements(text, &["VersioningConfiguration"]);
        let (_, inside) = root.first().ok_or(BucketFault::NotABucket { call: WHAT })?;
        Ok(s3_xml::text(inside, "Status").is_some_and(|status| status == "Enabled"))
    }
}

/// None for what is no such list: an answer of something else than a bucket must not be taken for an empty one.
fn page(body: &[u8], root: &'static str) -> Option<Page> {
    let text = str::from_utf8(body).ok()?;
    let (_, list) = *s3_xml::elements(text, &[root]).first()?;
    let found = s3_xml::elements(list, &["Version", "DeleteMarker", "Contents"]);
    let versions = found.into_iter().map(|(name, inside)| {
        let key = s3_xml::text(inside, "Key")?;
        let version = s3_xml::text(inside, "VersionId").filter(|version| !version.is_empty());
        Some(StoredVersion { key, version, is_deletion: name == "DeleteMarker" })
    });
    let mut versions = versions.collect::<Option<Vec<_>>>()?;
    // Some services list all deletions behind all versions.
    versions.sort_by(|one, other| one.key.cmp(&other.key));
    let has_more = s3_xml::text(list, "IsTruncated").is_some_and(|is| is == "true");
    Some(Page { versions, has_more })
}
