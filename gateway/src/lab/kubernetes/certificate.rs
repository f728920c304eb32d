//! The certificate of a lab's address, which cert-manager makes for the ingress. It is looked at once the lab is ready, and by its
//! Certificate, which is named like the secret: whoever may read secrets may read those of all.

use super::manifests::LabSpec;
use gateway_domain::{LabSight, cut, visible};
use jiff::{SignedDuration, Timestamp};
use kube::api::{ApiResource, DynamicObject, GroupVersionKind};
use kube::{Api, Client};

/// Between two looks at one that is missing.
const AGAIN: SignedDuration = SignedDuration::from_secs(10);

/// Longest text of cert-manager in a sentence.
const LINE: usize = 200;

/// Of one attempt.
pub(super) struct CertificateLook {
    certificates: Api<DynamicObject>,
    name: String,
    /// How long it may take before anybody hears of it.
    patience: SignedDuration,
    ready_since: Option<Timestamp>,
    looked: Option<Timestamp>,
    told: bool,
    over: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Standing {
    There,
    Missing(String),
    /// It is asked for again.
    Unanswered,
    /// Nobody will ever say.
    Closed,
}

impl CertificateLook {
    /// None where the ingress controller's own certificate counts.
    pub(super) fn of(client: &Client, spec: &LabSpec) -> Option<Self> {
        let kind = ApiResource::from_gvk(&GroupVersionKind::gvk("cert-manager.io", "v1", "Certificate"));
        Some(Self {
            certificates: Api::namespaced_with(client.clone(), &spec.place.namespace, &kind),
            name: spec.certificate()?,
            patience: spec.config.certificate_within,
            ready_since: None,
            looked: None,
            told: false,
            over: false,
        })
    }

    /// What is worth telling, of a lab that is ready now.
    pub(super) async fn news(&mut self, now: Timestamp) -> Option<LabSight> {
        let since = *self.ready_since.get_or_insert(now);
        let wait = if self.looked.is_some() { AGAIN } else { self.patience };
        if self.over || now.duration_since(self.looked.unwrap_or(since)) < wait {
            return None;
        }
        self.looked = Some(now);
        match standing(self.certificates.get_opt(&self.name).await) {
            Standing::Missing(why) => {
                let is_news = !std::mem::replace(&mut self.told, true);
                is_news.then_some(LabSight::Certificate { missing: Some(why) })
            }
            Standing::There => {
                self.over = true;
                // Whoever never missed it is told nothing.
                Some(LabSight::Certificate { missing: None })
            }
            Standing::Unanswered => None,
            Standing::Closed => {
                self.over = true;
                None
            }
        }
    }
}

fn standing(found: Result<Option<DynamicObject>, kube::Error>) -> Standing {
    let certificate = match found {
        Ok(Some(certificate)) => certificate,
        Ok(None) => return Standing::Missing("cert-manager did not take it up".to_owned()),
        Err(kube::Error::Api(status)) if status.is_forbidden() => {
            tracing::warn!(message = status.message, "certificates of labs are not looked at");
            return Standing::Closed;
        }
        Err(error) => {
            tracing::debug!(%error, "the certificate of a lab is not known now");
            return Standing::Unanswered;
        }
    };
    let conditions = certificate.data["status"]["conditions"].as_array().cloned().unwrap_or_default();
    let ready = conditions.iter().find(|one| one["type"] == "Ready");
    if ready.is_some_and(|ready| ready["status"] == "True") {
        return Standing::There;
    }
    let text = |name: &str| ready.and_then(|ready| ready[name].as_str());
    let why = text("message").or_else(|| text("reason")).unwrap_or("it is being issued");
    let why = visible(why.trim().trim_end_matches('.')).replace('\n', " ");
    Standing::Missing(format!("cert-manager: {}", cut(&why, LINE)))
}

#[cfg(test)]
mod tests {
    use super::{Standing, standing};
    use kube::core::Status;
    use serde_json::{Value, json};

    fn found(status: &Value) -> Standing {
        let object = json!({
            "apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": { "name": "shop-tls" }, "status": status,
        });
        standing(Ok(Some(serde_json::from_value(object).unwrap())))
    }

    fn refused(code: u16, reason: &str) -> Standing {
        let status: Status =
            serde_json::from_value(json!({ "code": code, "reason": reason, "message": "no" })).unwrap();
        standing(Err(kube::Error::Api(status.boxed())))
    }

    #[test]
    fn a_certificate_is_there_when_cert_manager_says_so_and_else_its_words_are_told() {
        // REQ-LAB-03
        let ready = |status: &str, message: &str| {
            found(&json!({ "conditions": [
                { "type": "Issuing", "status": "True", "message": "in progress" },
                { "type": "Ready", "status": status, "reason": "DoesNotExist", "message": message },
            ] }))
        };
        assert_eq!(ready("True", "Certificate is up to date"), Standing::There);
        let missing = |why: &str| Standing::Missing(why.to_owned());
        let words = "Issuing certificate as Secret does not exist.";
        assert_eq!(
            ready("False", words),
            missing("cert-manager: Issuing certificate as Secret does not exist")
        );
        assert_eq!(found(&json!({})), missing("cert-manager: it is being issued"));
        assert_eq!(standing(Ok(None)), missing("cert-manager did not take it up"));
    }

    #[test]
    fn without_the_right_nothing_is_said_and_without_an_answer_it_is_asked_again() {
        // REQ-LAB-03
        assert_eq!(refused(403, "Forbidden"), Standing::Closed);
        assert_eq!(refused(503, "ServiceUnavailable"), Standing::Unanswered);
    }
}
