//! Why nothing came of a passkey, in sentences for the person who tried.

use super::NoSite;
use gateway_proof::webauthn::PasskeyFault;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyRefusal {
    #[error("{0}")]
    NoSite(NoSite),
    #[error(
        "To add a passkey, sign in with an account that proves who you are: the sign-in provider, or a proxy that signs. \
            A name that came with the gateway's token proves nothing."
    )]
    NotProven,
    #[error("The passkey was not accepted: {0}. Nothing was saved.")]
    Fault(#[from] PasskeyFault),
    #[error("This took longer than 5 minutes, or was already used. Please try again.")]
    Over,
    #[error("You have no passkey here yet. Add one in Settings, then approve.")]
    NoneYet,
    #[error("This passkey isn't one of yours. Nothing was saved.")]
    NotYours,
    #[error("You already have this passkey.")]
    Known,
    #[error("You have {0} passkeys already. Remove one first.")]
    TooMany(usize),
    #[error("To remove a passkey, confirm with a passkey, or sign in again first.")]
    NotConfirmed,
    #[error("You have no passkey of that id; it may have been removed already.")]
    Unknown,
    #[error("A passkey's name has 1 to 64 letters, digits, spaces or any of -_.@.")]
    Name,
    #[error("This couldn't be saved, so nothing has changed. Try again in a moment.")]
    NotSaved,
}
