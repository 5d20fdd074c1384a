using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Fairway.Edge.Hosting;

namespace Fairway.Edge;

public sealed class AdminListenersTests
{
    [Fact]
    public async Task TLS_serves_both_versions_and_a_renewed_certificate()
    {
        using var files = new CertificateFiles();
        await using var rig = await AdminRig.StartAsync(options => options with
        {
            Http = [], Https = [new IPEndPoint(IPAddress.Loopback, 0)], Certificate = files.Certificate, CertificateKey = files.Key,
        });
        await using var origin = await Origin.StartAsync("a");
        await rig.PutAsync(Routes.To(1, origin.Target));
        Assert.Equal((HttpVersion.Version11, files.Serial), await GetAsync(rig, HttpVersion.Version11));
        Assert.Equal((HttpVersion.Version20, files.Serial), await GetAsync(rig, HttpVersion.Version20));

        var old = files.Serial;
        await File.WriteAllTextAsync(files.Certificate, "half a certificate");
        await Until.HoldsAsync(async () => (await rig.Admin.StatusAsync(CancellationToken.None)).Status!.Notices.Any(notice => notice.Contains("stays in use")), "the notice");
        Assert.Equal(old, (await GetAsync(rig, HttpVersion.Version20)).Serial);
        files.Renew();
        Assert.False(old == files.Serial);
        await Until.HoldsAsync(async () => (await GetAsync(rig, HttpVersion.Version20)).Serial == files.Serial, "the renewed certificate is served");
    }

    [Fact]
    public async Task A_port_in_use_is_named_with_what_to_do()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var address = (IPEndPoint)taken.LocalEndpoint;
        foreach (var tls in (bool[])[false, true])
        {
            using var files = new CertificateFiles();
            await using var rig = AdminRig.New(options => tls
                ? options with { Https = [address], Certificate = files.Certificate, CertificateKey = files.Key }
                : options with { Http = [new IPEndPoint(IPAddress.Loopback, 0), address] });
            var failure = await Assert.ThrowsAsync<EdgeStartException>(rig.StartAgainAsync);
            Assert.StartsWith($"port {address.Port} on 127.0.0.1 is in use by another program", failure.Message);
            Assert.False(File.Exists(Path.Combine(rig.Folder, "admin.sock")));
        }
    }

    [Fact]
    public async Task A_metrics_port_in_use_is_named_too()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        await using var rig = AdminRig.New(options => options with { Metrics = (IPEndPoint)taken.LocalEndpoint });
        Assert.StartsWith($"port {((IPEndPoint)taken.LocalEndpoint).Port} on 127.0.0.1 is in use", (await Assert.ThrowsAsync<EdgeStartException>(rig.StartAgainAsync)).Message);
        Assert.False(File.Exists(Path.Combine(rig.Folder, "admin.sock")));
    }

    [Fact]
    public async Task An_address_of_another_machine_is_named()
    {
        await using var rig = AdminRig.New(options => options with { Http = [IPEndPoint.Parse("192.0.2.1:8080")] });
        Assert.Contains("192.0.2.1 is no address of this machine", (await Assert.ThrowsAsync<EdgeStartException>(rig.StartAgainAsync)).Message);
    }

    [Fact]
    public async Task An_unwritable_folder_is_named()
    {
        // Root may write anywhere, but nobody may make a folder inside a file.
        await using var rig = AdminRig.New();
        var file = Path.Combine(rig.Folder, "file");
        await File.WriteAllTextAsync(file, "");
        var failure = await Assert.ThrowsAsync<EdgeStartException>(
            () => EdgeServer.StartAsync(rig.Options with { DataFolder = Path.Combine(file, "edge") }, TimeProvider.System, TextWriter.Null, CancellationToken.None));
        Assert.Contains("cannot be written", failure.Message);
        Assert.Contains("make it writable", failure.Message);
    }

    [Theory]
    [InlineData("missing", "cannot be used")]
    [InlineData("garbage", "cannot be used")]
    [InlineData("other key", "cannot be used")]
    [InlineData("none", "HTTPS is asked for without a certificate")]
    public async Task A_certificate_that_cannot_be_used_is_named(string what, string message)
    {
        using CertificateFiles files = new(), others = new();
        if (what == "garbage") await File.WriteAllTextAsync(files.Certificate, "garbage");
        await using var rig = AdminRig.New(options => options with
        {
            Https = [new IPEndPoint(IPAddress.Loopback, 0)],
            Certificate = what switch { "none" => null, "missing" => files.Certificate + ".missing", _ => files.Certificate },
            CertificateKey = what == "other key" ? others.Key : files.Key,
        });
        Assert.Contains(message, (await Assert.ThrowsAsync<EdgeStartException>(rig.StartAgainAsync)).Message);
    }

    [Fact]
    public async Task Options_that_cannot_work_are_refused()
    {
        await using var rig = AdminRig.New();
        await Refused(rig.Options with { Http = [] }, "no address to listen on");
        await Refused(rig.Options with { Metrics = IPEndPoint.Parse("0.0.0.0:9100") }, "loopback only");
        await Refused(rig.Options with { AccessLogRate = 2 }, "expected 0 (off) to 1");
        await Refused(rig.Options with { AdminSocket = "/tmp/" + new string('x', 120) }, "longer than 107 bytes");

        static async Task Refused(EdgeOptions options, string message)
        {
            var failure = await Assert.ThrowsAsync<EdgeStartException>(() => EdgeServer.StartAsync(options, TimeProvider.System, TextWriter.Null, CancellationToken.None));
            Assert.Contains(message, failure.Message);
        }
    }

    private static async Task<(Version Version, string Serial)> GetAsync(AdminRig rig, Version version)
    {
        var serial = "";
        using var client = new HttpClient(new SocketsHttpHandler
        {
            SslOptions =
            {
                RemoteCertificateValidationCallback = (_, certificate, _, _) => (serial = certificate!.GetSerialNumberString()).Length > 0,
            },
        });
        using var request = new HttpRequestMessage(HttpMethod.Get, rig.Url) { Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var response = await client.SendAsync(request);
        Assert.Equal("a", await response.Content.ReadAsStringAsync());
        return (response.Version, serial);
    }

    private sealed class CertificateFiles : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fairway-cert-");

        public CertificateFiles() => Renew();

        public string Certificate => Path.Combine(_folder.FullName, "cert.pem");

        public string Key => Path.Combine(_folder.FullName, "key.pem");

        public string Serial { get; private set; } = "";

        public void Renew()
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
            using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch.AddYears(50), DateTimeOffset.UnixEpoch.AddYears(100));
            File.WriteAllText(Key, key.ExportPkcs8PrivateKeyPem());
            File.WriteAllText(Certificate, certificate.ExportCertificatePem());
            Serial = certificate.SerialNumber;
        }

        public void Dispose() => _folder.Delete(recursive: true);
    }
}
