//! A command line's sign-in with GitHub, by its device flow. The app has to have it switched on there.

use super::Github;
use super::github_calls::{DeviceToken, GithubFault};
use crate::access::device_flow::DeviceNews;
use crate::access::device_offer::OfferedDevice;
use crate::access::device_table::PendingDevice;
use crate::access::sign_in_entry::Carrier;
use crate::access::sign_in_table::NewSignIn;
use jiff::Timestamp;

impl Github {
    pub(in crate::access) async fn begin_device(&self) -> Result<OfferedDevice, GithubFault> {
        match self.settings.device_flow {
            true => self.calls.device_code().await,
            false => Err(GithubFault::NoDeviceFlow("`device_flow` is off".to_owned())),
        }
    }

    pub(in crate::access) async fn ask_device(
        &self,
        pending: &PendingDevice,
        now: Timestamp,
    ) -> Result<DeviceNews, GithubFault> {
        let token = match self.calls.device_token(&pending.code).await? {
            DeviceToken::Pending => return Ok(DeviceNews::Wait),
            DeviceToken::SlowDown => return Ok(DeviceNews::SlowDown),
            DeviceToken::Token(token) => token,
        };
        // The token is given once: a command line that asked again would get none.
        let user = self.calls.user(&token).await.map_err(|fault| GithubFault::Refused(fault.to_string()))?;
        if !self.settings.lets_in.lets(user.id) {
            let (why, sentence) = self.unlisted(&user);
            return Ok(DeviceNews::Refused { why, sentence });
        }
        let new = self.new_sign_in(&user, &token, pending.browser(), now);
        Ok(DeviceNews::SignedIn(Box::new(NewSignIn { carrier: Carrier::Bearer, ..new })))
    }
}
