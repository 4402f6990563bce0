//! The kinds of organisation that take part.

use crate::words::words;

words! {
    /// What an organisation is; clauses speak of kinds, so that one template serves many parties.
    pub enum OrgKind as "kind of organisation" {
        /// A law-enforcement agency.
        Agency = "agency",
        /// A security vendor.
        Vendor = "vendor",
        /// An internet service provider.
        Isp = "isp",
        /// A hosting provider.
        HostingProvider = "hosting-provider",
        /// A domain registry or registrar.
        Registry = "registry",
        /// A computer emergency response team.
        Cert = "cert",
        /// Any other business, victims among them.
        Business = "business",
    }
}
