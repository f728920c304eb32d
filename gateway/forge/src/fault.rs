//! Why something couldn't be read or done.

use gateway_delivery::Refusal;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForgeFault {
    #[error("{}", says(.0))]
    Refused(Refusal),
    /// Nobody can say whether it was done.
    #[error("The forge didn't answer: {why}.")]
    NoAnswer { why: String },
}

/// What keeps a pull request from being read.
pub type LookError = ForgeFault;

impl ForgeFault {
    pub(crate) fn other(why: impl Into<String>) -> Self {
        Self::Refused(Refusal::Other { why: why.into() })
    }

    pub(crate) fn gone(what: impl Into<String>) -> Self {
        Self::Refused(Refusal::Gone { what: what.into() })
    }

    pub(crate) fn no_answer(why: impl Into<String>) -> Self {
        Self::NoAnswer { why: why.into() }
    }
}

/// The refusal as a sentence.
pub(crate) fn says(refusal: &Refusal) -> String {
    match refusal {
        Refusal::NotInstalled { settings: None } => "The app can't see the repository.".to_owned(),
        Refusal::NotInstalled { settings: Some(url) } => {
            format!("The app can't see the repository. An owner can allow it at {url}.")
        }
        Refusal::RightMissing { right } => format!("The app lacks a right: {right}."),
        Refusal::Revoked => "Access was withdrawn.".to_owned(),
        Refusal::WorkflowFile { paths } => {
            format!("The app can't change workflow files: {}.", paths.join(", "))
        }
        Refusal::Ruleset { rule } => format!("A rule of the repository forbids it: {rule}."),
        Refusal::Unsigned => "The repository takes only signed commits.".to_owned(),
        Refusal::RateLimited { until } => format!("The forge takes no more requests until {until}."),
        Refusal::Gone { what } => format!("{what} is gone."),
        Refusal::Other { why } => format!("The forge refused: {why}."),
    }
}
