using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Fairway.Edge.Hosting;

/// <summary>
/// The certificate and key on disk, read again when a file changes. A change that cannot be read leaves the certificate before it in use, with a notice: half of
/// a renewal is a normal moment.
/// </summary>
internal sealed class CertificateFile : IAsyncDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    private readonly string _certificate;
    private readonly string? _key;
    private readonly Action<string> _notice;
    private readonly ITimer _timer;
    private volatile SslStreamCertificateContext _context;
    private (DateTime, DateTime) _written;

    /// <exception cref="EdgeStartException">The files are missing or no certificate with its key.</exception>
    public CertificateFile(string certificate, string? key, Action<string> notice, TimeProvider time)
    {
        _certificate = certificate;
        _key = key;
        _notice = notice;
        _written = WrittenAt();
        try
        {
            _context = Load();
        }
        catch (Exception failure) when (IsUnusable(failure))
        {
            throw new EdgeStartException(Explain(failure), failure);
        }
        _timer = time.CreateTimer(static state => ((CertificateFile)state!).Look(), this, LookEvery, LookEvery);
    }

    /// <summary>What new connections are answered with.</summary>
    public SslStreamCertificateContext Context => _context;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    /// <summary>Reads the files again if they changed.</summary>
    internal void Look()
    {
        try
        {
            var written = WrittenAt();
            if (written == _written) return;
            _context = Load();
            _written = written;
        }
        catch (Exception failure) when (IsUnusable(failure))
        {
            _notice($"{Explain(failure)}; the certificate before it stays in use");
        }
    }

    private SslStreamCertificateContext Load()
    {
        using var ephemeral = X509Certificate2.CreateFromPemFile(_certificate, _key ?? _certificate);
        // SslStream keeps the leaf; the file's other certificates are the chain it sends.
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(_certificate);
        var leaf = X509CertificateLoader.LoadPkcs12(ephemeral.Export(X509ContentType.Pkcs12), null);
        return SslStreamCertificateContext.Create(leaf, [.. chain.Where(one => one.Thumbprint != leaf.Thumbprint)], offline: true);
    }

    private (DateTime, DateTime) WrittenAt() => (File.GetLastWriteTimeUtc(_certificate), _key is null ? default : File.GetLastWriteTimeUtc(_key));

    private string Explain(Exception failure)
        => $"the certificate {_certificate}{(_key is null ? "" : $" with key {_key}")} cannot be used: {failure.Message}; expected PEM, leaf first, with its unencrypted key";

    private static bool IsUnusable(Exception failure)
        => failure is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException or NotSupportedException;
}
