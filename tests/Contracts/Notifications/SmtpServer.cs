using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Fairway.Contracts;

/// <summary>A mail server of a few lines, over real sockets: it keeps what it is given.</summary>
internal sealed class SmtpServer : IDisposable
{
    private readonly X509Certificate2 _certificate;
    private TcpListener? _listener;

    public SmtpServer()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        var now = TimeProvider.System.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        _certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
        Authority = made.ExportCertificatePem();
        Start();
    }

    /// <summary>PEM of the authority that its certificate is of.</summary>
    public string Authority { get; }

    public int Port { get; private set; }

    public bool OffersTls { get; set; } = true;

    /// <summary>TLS from the first byte.</summary>
    public bool IsImplicit { get; set; }

    /// <summary>What is answered to <c>RCPT</c>.</summary>
    public string RecipientAnswer { get; set; } = "250 fine";

    /// <summary>User and password that are let in; null lets in everybody, unasked.</summary>
    public (string User, string Password)? Account { get; set; }

    /// <summary>Sent together with the answer to <c>STARTTLS</c>, as somebody in the middle would.</summary>
    public string Injected { get; set; } = "";

    public ConcurrentQueue<(string From, string To, string Data, bool Secure)> Mails { get; } = [];

    public void Start()
    {
        _listener = new(IPAddress.Loopback, Port);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _ = AcceptAsync(_listener);
    }

    public void Stop() => _listener?.Stop();

    public void Dispose()
    {
        Stop();
        _certificate.Dispose();
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        while (true)
        {
            try
            {
                _ = ServeAsync(await listener.AcceptTcpClientAsync());
            }
            catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            using (client)
            {
                Stream stream = client.GetStream();
                if (IsImplicit) stream = await SecureAsync(stream);
                await TalkAsync(stream, IsImplicit, greet: true);
            }
        }
        catch (Exception gone) when (gone is IOException or SocketException or System.Security.Authentication.AuthenticationException)
        {
            // Who spoke has gone, or does not trust us.
        }
    }

    private async Task<Stream> SecureAsync(Stream stream)
    {
        var secure = new SslStream(stream);
        await secure.AuthenticateAsServerAsync(_certificate);
        return secure;
    }

    private async Task TalkAsync(Stream stream, bool isSecure, bool greet)
    {
        if (greet) await SayAsync(stream, "220 test");
        var (from, to, known) = ("", "", Account is null);
        while (await ReadLineAsync(stream) is { } line)
        {
            var word = line.Split(' ', ':')[0].ToUpperInvariant();
            switch (word)
            {
                case "EHLO":
                    await SayAsync(stream, $"250-test{(OffersTls && !isSecure ? "\r\n250-STARTTLS" : "")}{(Account is null ? "" : "\r\n250-AUTH LOGIN PLAIN")}\r\n250 8BITMIME");
                    break;
                case "STARTTLS":
                    await SayAsync(stream, "220 go on" + Injected);
                    await TalkAsync(await SecureAsync(stream), isSecure: true, greet: false);
                    return;
                case "AUTH":
                    var given = Encoding.UTF8.GetString(Convert.FromBase64String(line.Split(' ')[2])).Split('\0');
                    known = (given[1], given[2]) == Account;
                    await SayAsync(stream, known ? "235 welcome" : "535 no such user or password");
                    break;
                case "MAIL":
                    from = line;
                    await SayAsync(stream, known ? "250 fine" : "530 who are you");
                    break;
                case "RCPT":
                    to = line;
                    await SayAsync(stream, RecipientAnswer);
                    break;
                case "DATA":
                    await SayAsync(stream, "354 go on");
                    var data = new StringBuilder();
                    while (await ReadLineAsync(stream) is { } part && part != ".") data.Append(part.StartsWith('.') ? part[1..] : part).Append('\n');
                    Mails.Enqueue((from, to, data.ToString(), isSecure));
                    await SayAsync(stream, "250 taken");
                    break;
                case "QUIT":
                    await SayAsync(stream, "221 bye");
                    return;
                default:
                    await SayAsync(stream, "500 what");
                    break;
            }
        }
    }

    private static async Task SayAsync(Stream stream, string text)
    {
        await stream.WriteAsync(Encoding.UTF8.GetBytes(text + "\r\n"));
        await stream.FlushAsync();
    }

    private static async Task<string?> ReadLineAsync(Stream stream)
    {
        var line = new MemoryStream();
        var one = new byte[1];
        while (await stream.ReadAsync(one) == 1)
        {
            if (one[0] == '\n') return Encoding.UTF8.GetString(line.ToArray()).TrimEnd('\r');
            line.WriteByte(one[0]);
        }
        return null;
    }
}
