//! A bucket of an S3-compatible service, as far as the gateway needs one: objects that are written once, lists of them with every
//! version, what they hold, and whether the bucket keeps them from being deleted (decision 0065).
//!
//! There is no call that deletes or overwrites. What answers is somebody else's: nothing is followed to another address, nothing
//! is waited for long, nothing large is read, and of its errors only their code is repeated.

mod access_keys;
mod bucket;
mod bucket_fault;
mod bucket_http;
#[cfg(any(test, feature = "double"))]
pub mod double;
mod object_lock;
mod s3_xml;
mod settings;
mod sigv4;
#[cfg(test)]
mod tests;

pub use access_keys::{AccessKeys, AccessSource};
pub use bucket::{Bucket, Page, Put, StoredVersion};
pub use bucket_fault::BucketFault;
pub use object_lock::{LockMode, ObjectLock, Retention};
pub use settings::{Addressing, BucketSettings, Endpoint, is_bucket_name, is_prefix, is_region};
