using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Fairway.Contracts;

/// <summary>An OpenID Connect issuer on a real socket, whose keys rotate when told.</summary>
internal sealed class FakeIssuer : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;
    private readonly List<object> _keys = [];

    public FakeIssuer()
    {
        // A port that was free a moment ago may be taken: the next one.
        for (var port = Random.Shared.Next(20_000, 30_000); ; port++)
        {
            _listener.Prefixes.Clear();
            _listener.Prefixes.Add($"http://127.0.0.1:{port}/");
            try
            {
                _listener.Start();
                Address = $"http://127.0.0.1:{port}";
                break;
            }
            catch (HttpListenerException)
            {
                Assert.InRange(port, 0, 60_000);
            }
        }
        Rsa = RSA.Create(2048);
        Ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Publish("k1");
        _serving = ServeAsync();
    }

    public string Address { get; }

    public RSA Rsa { get; private set; }

    public ECDsa Ec { get; }

    /// <summary>How often its keys were asked for.</summary>
    public int Asked { get; private set; }

    /// <summary>Another key in place of the first.</summary>
    public void Rotate(string id)
    {
        Rsa.Dispose();
        Rsa = RSA.Create(2048);
        Publish(id);
    }

    /// <summary>A token with usual claims, changed as told.</summary>
    public string Token(Action<Dictionary<string, object?>>? change = null, string alg = "RS256", string? kid = "k1", Func<byte[], byte[]>? sign = null, Dictionary<string, object?>? header = null)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var claims = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["iss"] = Address, ["aud"] = "fairway", ["sub"] = "u-1", ["exp"] = now + 600, ["groups"] = new[] { "developers" }, ["email"] = "anna@example.com",
        };
        change?.Invoke(claims);
        var head = header ?? new(StringComparer.Ordinal) { ["alg"] = alg, ["kid"] = kid, ["typ"] = "JWT" };
        var signed = $"{Part(head)}.{Part(claims)}";
        var bytes = Encoding.ASCII.GetBytes(signed);
        var signature = sign?.Invoke(bytes) ?? alg switch
        {
            "ES256" => Ec.SignData(bytes, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
            "PS256" => Rsa.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pss),
            _ => Rsa.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
        };
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        // Not Stop and then Close: the second would take the port again, which may be another's by then.
        _listener.Abort();
        await _serving;
        Rsa.Dispose();
        Ec.Dispose();
        _stop.Dispose();
    }

    private void Publish(string id)
    {
        var (rsa, ec) = (Rsa.ExportParameters(false), Ec.ExportParameters(false));
        lock (_keys)
        {
            _keys.Clear();
            _keys.Add(new Dictionary<string, string> { ["kty"] = "RSA", ["kid"] = id, ["n"] = Base64Url.EncodeToString(rsa.Modulus), ["e"] = Base64Url.EncodeToString(rsa.Exponent) });
            _keys.Add(new Dictionary<string, string>
            {
                ["kty"] = "EC", ["kid"] = "ec", ["crv"] = "P-256", ["use"] = "sig", ["x"] = Base64Url.EncodeToString(ec.Q.X), ["y"] = Base64Url.EncodeToString(ec.Q.Y),
            });
        }
    }

    private async Task ServeAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception ended) when (ended is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }
            string answer;
            if (context.Request.Url!.AbsolutePath == "/keys")
            {
                Asked++;
                lock (_keys) answer = JsonSerializer.Serialize(new Dictionary<string, object> { ["keys"] = _keys });
            }
            else answer = JsonSerializer.Serialize(new Dictionary<string, string> { ["issuer"] = Address, ["jwks_uri"] = Address + "/keys" });
            await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(answer));
            context.Response.Close();
        }
    }

    private static string Part(object value) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(value));
}
