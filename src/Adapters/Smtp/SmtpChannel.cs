using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Fairway.Kernel;
using Fairway.Notifications;
using Fairway.Ports;

namespace Fairway.Adapters.Smtp;

/// <summary>How the mail server is reached now.</summary>
/// <param name="Settings">As configured.</param>
/// <param name="Password">What <see cref="MailSettings.Password"/> refers to; null without one.</param>
/// <param name="Folder">That a relative path starts from.</param>
public sealed record SmtpAccess(MailSettings Settings, string? Password, string Folder)
{
    /// <summary>Nothing secret.</summary>
    public override string ToString() => $"{Settings.Host}:{Settings.Port.ToString(CultureInfo.InvariantCulture)}";
}

/// <summary>Hands mails to a server by SMTP (RFC 5321), one connection each.</summary>
/// <param name="access">How the server is reached, asked for each mail: a changed password or server needs no restart.</param>
/// <param name="time">The clock.</param>
public sealed class SmtpChannel(Func<(SmtpAccess? Access, Fault? Fault)> access, TimeProvider time) : INotificationChannel
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    public async Task<Fault?> SendAsync(Delivery delivery, ChannelKind channel, Destination to, CancellationToken cancellation)
    {
        var (server, missing) = access();
        if (server is null) return missing;
        using var limit = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            await SendAsync(server, MailMessage.Write(delivery, server.Settings.From, to.Address, time.GetUtcNow()), to.Address, either.Token);
            return null;
        }
        catch (SmtpRefusedException refused)
        {
            return new(refused.Kind, refused.Who, refused.Retryable, $"mail server {server}: {refused.Message}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return Fault(FaultKind.Timeout, $"no answer within {Limit.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s");
        }
        catch (AuthenticationException error)
        {
            return new(FaultKind.Forbidden, Blame.Configuration, Retryable: true,
                $"mail server {server}: its certificate is not trusted ({error.Message}); give its authority as notifications.mail.authority");
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            return Fault(FaultKind.Unavailable, $"cannot be reached: {error.Message}");
        }
        catch (Exception error) when (error is CryptographicException or UnauthorizedAccessException)
        {
            return new(FaultKind.Invalid, Blame.Configuration, Retryable: true, $"notifications.mail.authority cannot be read: {error.Message}");
        }

        Fault Fault(FaultKind kind, string what) => new(kind, Blame.Platform, Retryable: true, $"mail server {server}: {what}");
    }

    private static async Task SendAsync(SmtpAccess server, byte[] message, string to, CancellationToken cancellation)
    {
        var settings = server.Settings;
        using var client = new TcpClient();
        await client.ConnectAsync(settings.Host, settings.Port, cancellation);
        Stream stream = client.GetStream();
        if (settings.Security == MailSecurity.Tls) stream = await SecureAsync(stream, server, cancellation);
        var conversation = new SmtpConversation(stream);
        await conversation.ExpectAsync(220, "greeting", cancellation);
        var offers = await conversation.HelloAsync(cancellation);
        if (settings.Security == MailSecurity.StartTls)
        {
            if (!offers.Contains("STARTTLS", StringComparer.OrdinalIgnoreCase))
                throw new SmtpRefusedException(FaultKind.Forbidden, Blame.Configuration, retryable: true, "it offers no STARTTLS, and nothing is sent in the clear; see notifications.mail.security");
            await conversation.SayAsync("STARTTLS", 220, cancellation);
            // What came in the clear after the answer would be believed as if it had come over TLS (CVE-2021-38371 and its kin).
            if (conversation.HasMore) throw new SmtpRefusedException(FaultKind.Invalid, Blame.Platform, retryable: true, "it spoke on before TLS began");
            stream = await SecureAsync(stream, server, cancellation);
            conversation = new SmtpConversation(stream);
            offers = await conversation.HelloAsync(cancellation);
        }
        await using (stream)
        {
            if (settings.User is { } user) await conversation.SignInAsync(user, server.Password ?? "", offers, cancellation);
            await conversation.SayAsync($"MAIL FROM:<{settings.From}>", 250, cancellation);
            await conversation.SayAsync($"RCPT TO:<{to}>", 250, cancellation);
            await conversation.SayAsync("DATA", 354, cancellation);
            await conversation.SendDataAsync(message, cancellation);
            // It has the mail: how it says good-bye does not matter.
            await conversation.QuitAsync(cancellation);
        }
    }

    private static async Task<Stream> SecureAsync(Stream stream, SmtpAccess server, CancellationToken cancellation)
    {
        var secure = new SslStream(stream);
        var options = new SslClientAuthenticationOptions { TargetHost = server.Settings.Host, EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13 };
        if (server.Settings.Authority is { } file)
        {
            var authority = new X509Certificate2Collection();
            authority.ImportFromPemFile(Path.Combine(server.Folder, file));
            options.CertificateChainPolicy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            options.CertificateChainPolicy.CustomTrustStore.AddRange(authority);
        }
        await secure.AuthenticateAsClientAsync(options, cancellation);
        return secure;
    }
}
