//! Where people open what the gateway serves.

use super::{File, Variables};

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Where people open what is served there. On this machine that is a name: browsers allow no passkeys at a number.
pub(super) fn address_of(listen: SocketAddr) -> String {
    match listen.ip() {
        IpAddr::V4(Ipv4Addr::LOCALHOST) | IpAddr::V6(Ipv6Addr::LOCALHOST) => {
            format!("http://localhost:{}", listen.port())
        }
        _ => format!("http://{listen}"),
    }
}

/// Where people open the console.
pub(super) fn console(
    variables: &Variables<'_>,
    file: &File,
    listen: SocketAddr,
    faults: &mut Vec<String>,
) -> String {
    let Some(url) = variables("GATEWAY_PUBLIC_URL").or_else(|| file.public_url.clone()) else {
        return address_of(listen);
    };
    let plain = reqwest::Url::parse(&url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if !plain {
        faults.push(format!(
            "GATEWAY_PUBLIC_URL (or `public_url`): {url:?} is not a valid address. Example: https://gateway.example.com."
        ));
    }
    url.trim_end_matches('/').to_owned()
}
