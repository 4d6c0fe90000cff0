//! TLS of our own (TLS の口), for a LAN without a proxy: a listener beside the plain one.
//!
//! **Invariant:** a certificate is renewed by putting the new files in place; nobody is cut off and nothing is started again.
//! **Invariant:** a certificate that cannot be read never replaces one that could.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use anyhow::Context as _;
use parking_lot::RwLock;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{ServerConfig, crypto};
use tokio_rustls::server::TlsStream;

use crate::settings::Settings;

/// Marks a request that came over TLS of ours, in its extensions (TLS で届いた要求).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OverTls;

/// The certificate with its key, and what accepts connections with it.
#[derive(Clone)]
pub(crate) struct Tls {
    acceptor: TlsAcceptor,
    shelf: Arc<Shelf>,
}

/// The files and what was last read from them.
#[derive(Debug)]
struct Shelf {
    certificate: PathBuf,
    key: PathBuf,
    held: RwLock<Held>,
}

#[derive(Debug)]
struct Held {
    key: Arc<CertifiedKey>,
    /// When the two files were last written.
    written: [Option<SystemTime>; 2],
}

impl Tls {
    /// What the settings name; `None` when they name no certificate.
    pub(crate) fn of(settings: &Settings) -> anyhow::Result<Option<Self>> {
        match (&settings.tls_cert, &settings.tls_key) {
            (Some(certificate), Some(key)) => Self::open(certificate, key).map(Some),
            (None, None) => Ok(None),
            _ => anyhow::bail!("http.tls_cert and http.tls_key belong together: a certificate needs its key"),
        }
    }

    fn open(certificate: &Path, key: &Path) -> anyhow::Result<Self> {
        let held = read(certificate, key)?;
        let shelf = Shelf { certificate: certificate.into(), key: key.into(), held: RwLock::new(held) };
        let shelf = Arc::new(shelf);
        let mut config = ServerConfig::builder_with_provider(Arc::new(crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&shelf) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), shelf })
    }

    /// Shakes hands; the stream, and whether the client speaks HTTP/2.
    pub(crate) async fn accept<IO>(&self, io: IO) -> io::Result<(TlsStream<IO>, bool)>
    where
        IO: AsyncRead + AsyncWrite + Unpin,
    {
        let stream = self.acceptor.accept(io).await?;
        let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        Ok((stream, http2))
    }

    /// Takes files that were written since; what cannot be used is said and left.
    pub(crate) fn refresh(&self) {
        let shelf = &self.shelf;
        if written(&shelf.certificate, &shelf.key) == shelf.held.read().written {
            return;
        }
        match read(&shelf.certificate, &shelf.key) {
            Ok(held) => {
                *shelf.held.write() = held;
                tracing::info!("the new TLS certificate is used from here on");
            }
            Err(error) => {
                tracing::warn!(
                    error = format!("{error:#}"),
                    "the new TLS certificate cannot be used; the old one stays"
                );
            }
        }
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("certificate", &self.shelf.certificate).finish_non_exhaustive()
    }
}

impl ResolvesServerCert for Shelf {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.held.read().key))
    }
}

fn read(certificate: &Path, key: &Path) -> anyhow::Result<Held> {
    // Looked at before reading: a file written in between is read again.
    let written = written(certificate, key);
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| format!("http.tls_cert: cannot read {}", certificate.display()))?;
    anyhow::ensure!(!chain.is_empty(), "http.tls_cert: {} holds no certificate", certificate.display());
    let private =
        PrivateKeyDer::from_pem_file(key).with_context(|| format!("http.tls_key: cannot read {}", key.display()))?;
    let key = CertifiedKey::from_der(chain, private, &crypto::aws_lc_rs::default_provider())
        .context("http.tls_key is not the key of http.tls_cert")?;
    Ok(Held { key: Arc::new(key), written })
}

fn written(certificate: &Path, key: &Path) -> [Option<SystemTime>; 2] {
    [certificate, key].map(|path| std::fs::metadata(path).and_then(|data| data.modified()).ok())
}
