//! End-to-end tests, one binary. Each file is a part of the product, each test cites what it proves.

mod bridge_faults;
mod bridge_link;
mod bridge_resume;
