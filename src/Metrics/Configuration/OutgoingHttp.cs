using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Fairway.Metrics.Configuration;

/// <summary>HTTP clients as a configuration wants them.</summary>
internal static class OutgoingHttp
{
    /// <summary>A client of its own connections. Its time-out is endless: callers cancel.</summary>
    /// <exception cref="IOException">A file of certificates cannot be read.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">It holds none.</exception>
    public static HttpClient Create(HttpClientConfig config)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = config.FollowRedirects,
            UseCookies = false,
            UseProxy = config.ProxyUrl is not null,
            Proxy = config.ProxyUrl is null ? null : new WebProxy(config.ProxyUrl),
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(5),
            ConnectTimeout = TimeSpan.FromSeconds(30),
            SslOptions = Tls(config),
        };
        return new(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Adds the headers that say who we are. Files are read each time: tokens are replaced while we run.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static void Authorize(HttpRequestMessage request, HttpClientConfig config)
    {
        request.Headers.UserAgent.Add(new("Fairway", "1.0"));
        foreach (var (name, value) in config.Headers) request.Headers.TryAddWithoutValidation(name, value);
        if (config.User is not null)
        {
            var password = config.PasswordFile is { } file ? File.ReadAllText(file).TrimEnd('\r', '\n') : config.Password?.Value ?? "";
            request.Headers.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{config.User}:{password}")));
        }
        else if (config.CredentialsFile is not null || config.Credentials is not null)
        {
            var credentials = config.CredentialsFile is { } file ? File.ReadAllText(file).Trim() : config.Credentials!.Value.Value;
            request.Headers.Authorization = new AuthenticationHeaderValue(config.AuthorizationScheme, credentials);
        }
    }

    private static SslClientAuthenticationOptions Tls(HttpClientConfig config)
    {
        var options = new SslClientAuthenticationOptions();
        if (config.ServerName is not null) options.TargetHost = config.ServerName;
        if (config.CertFile is not null) options.ClientCertificates = [X509Certificate2.CreateFromPemFile(config.CertFile, config.KeyFile)];
        if (config.InsecureSkipVerify)
        {
#pragma warning disable CA5359 // The user asked for it by name: insecure_skip_verify.
            options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        }
        else if (config.CaFile is not null)
        {
            var roots = new X509Certificate2Collection();
            roots.ImportFromPemFile(config.CaFile);
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(roots);
            options.CertificateChainPolicy = policy;
        }

        return options;
    }
}
