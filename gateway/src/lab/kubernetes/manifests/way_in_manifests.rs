//! How people come to the app: a service, and an ingress with a certificate.

use super::{LabSpec, SERVICE, texts};
use k8s_openapi::api::core::v1::{Service, ServicePort, ServiceSpec};
use k8s_openapi::api::networking::v1::{
    HTTPIngressPath, HTTPIngressRuleValue, Ingress, IngressBackend, IngressRule, IngressServiceBackend,
    IngressSpec, IngressTLS, ServiceBackendPort,
};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

const HTTP: i32 = 80;

/// cert-manager makes a certificate for an ingress that names an issuer.
const ISSUER: &str = "cert-manager.io/cluster-issuer";

impl LabSpec {
    /// What the certificate of its own is called, and the secret that has it.
    pub(in crate::lab::kubernetes) fn certificate(&self) -> Option<String> {
        self.config.issuer.as_ref().map(|_| format!("{}-tls", self.place.name))
    }
}

pub(super) fn service(spec: &LabSpec) -> Service {
    let port = ServicePort {
        name: Some("http".to_owned()),
        port: HTTP,
        protocol: Some("TCP".to_owned()),
        target_port: Some(IntOrString::Int(spec.port().into())),
        ..ServicePort::default()
    };
    let inside = ServiceSpec {
        type_: Some("ClusterIP".to_owned()),
        selector: Some(spec.selector()),
        ports: Some(vec![port]),
        ..ServiceSpec::default()
    };
    Service { metadata: spec.named(SERVICE), spec: Some(inside), ..Service::default() }
}

pub(super) fn ingress(spec: &LabSpec) -> Ingress {
    let mut metadata = spec.named(&spec.place.name);
    metadata.annotations = spec.config.issuer.as_ref().map(|issuer| texts(&[(ISSUER, issuer)]));
    let secret_name = spec.certificate();
    let host = &spec.place.host;
    let rules = IngressSpec {
        ingress_class_name: spec.config.ingress_class.clone(),
        rules: Some(vec![IngressRule {
            host: Some(host.clone()),
            http: Some(HTTPIngressRuleValue { paths: vec![everything()] }),
        }]),
        tls: Some(vec![IngressTLS { hosts: Some(vec![host.clone()]), secret_name }]),
        ..IngressSpec::default()
    };
    Ingress { metadata, spec: Some(rules), ..Ingress::default() }
}

fn everything() -> HTTPIngressPath {
    let port = ServiceBackendPort { name: Some("http".to_owned()), number: None };
    let service = IngressServiceBackend { name: SERVICE.to_owned(), port: Some(port) };
    HTTPIngressPath {
        path: Some("/".to_owned()),
        path_type: "Prefix".to_owned(),
        backend: IngressBackend { service: Some(service), resource: None },
    }
}
