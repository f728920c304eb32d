//! What can go wrong with a bucket, each with what to do about it. An answer's own words are not repeated: they may hold what was
//! signed, or anything at all.

use hyper::StatusCode;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BucketFault {
    #[error("{reason}")]
    NoAnswer { reason: String },
    #[error("there is no access key: {reason}")]
    NoAccess { reason: String },
    #[error("it doesn't know the access key ({code})")]
    UnknownKey { code: String },
    #[error("the access key has expired ({code})")]
    ExpiredKey { code: String },
    #[error(
        "the secret isn't the one of this access key, or `region` is not the bucket's (SignatureDoesNotMatch)"
    )]
    WrongSecret,
    #[error("the clock of this machine or of the service is wrong by minutes (RequestTimeTooSkewed)")]
    WrongClock,
    #[error("the access key isn't allowed to {call} there ({code})")]
    Forbidden { call: &'static str, code: String },
    #[error("the bucket is in another region: set `region`")]
    OtherRegion,
    #[error("there is no bucket of that name")]
    NoBucket,
    #[error("nothing is there ({code})")]
    NotThere { code: String },
    #[error("someone else writes the same object at this moment (409)")]
    AtOnce,
    #[error("the service can't {call} (501)")]
    CannotDo { call: &'static str },
    #[error("it answered {status} to an attempt to {call} ({code})")]
    Other { status: StatusCode, call: &'static str, code: String },
    #[error("its answer to an attempt to {call} isn't one of a bucket")]
    NotABucket { call: &'static str },
    #[error("its answer is larger than {largest} bytes")]
    TooLarge { largest: usize },
}

impl BucketFault {
    /// Of an answer that is no success. `code` is what the service calls it.
    pub(crate) fn of(status: StatusCode, code: &str, call: &'static str) -> Self {
        let code = plain(code);
        match (status.as_u16(), code.as_str()) {
            (_, "SignatureDoesNotMatch") => Self::WrongSecret,
            (_, "RequestTimeTooSkewed") => Self::WrongClock,
            (_, "InvalidAccessKeyId" | "InvalidToken" | "InvalidClientTokenId") => Self::UnknownKey { code },
            (_, "ExpiredToken" | "TokenRefreshRequired") => Self::ExpiredKey { code },
            (301 | 307, _) | (400, "AuthorizationHeaderMalformed") | (_, "PermanentRedirect") => {
                Self::OtherRegion
            }
            (_, "NoSuchBucket") => Self::NoBucket,
            (403, _) => Self::Forbidden { call, code },
            (404, _) => Self::NotThere { code },
            (409, "ConditionalRequestConflict" | "OperationAborted") => Self::AtOnce,
            (501, _) => Self::CannotDo { call },
            _ => Self::Other { status, call, code },
        }
    }
}

/// Codes are words; whatever else comes is none.
fn plain(code: &str) -> String {
    let is_code = (1..=64).contains(&code.len()) && code.bytes().all(|c| c.is_ascii_alphanumeric());
    if is_code { code.to_owned() } else { "no code".to_owned() }
}
