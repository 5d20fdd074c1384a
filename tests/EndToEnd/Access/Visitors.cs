using System.Net;
using System.Text;
using System.Text.Json;
using Fairway.Api;
using Fairway.Client.Wire;

namespace Fairway.Access;

/// <summary>What somebody brings with a request.</summary>
/// <param name="Token">A bearer token.</param>
/// <param name="Cookie">A session's cookie, with its name.</param>
/// <param name="Csrf">The session's CSRF token; null leaves it out.</param>
internal sealed record Credentials(string? Token = null, string? Cookie = null, string? Csrf = null)
{
    public static Credentials None { get; } = new();
}

/// <summary>A control plane with a console on TCP, and people and programs of every role who call it.</summary>
internal sealed class Visitors : IAsyncDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false });
    private int _tokens;

    private Visitors(ApiHouse house) => House = house;

    public ApiHouse House { get; }

    public string Console => House.Console!;

    /// <summary>Every secret handed out.</summary>
    public List<string> Secrets { get; } = [];

    public static async Task<Visitors> OpenAsync() => new(await ApiHouse.OpenWithConsoleAsync());

    public async Task<Credentials> TokenAsync(params string[] roles)
    {
        var made = await House.Client.CreateTokenAsync(new($"t{++_tokens}", roles, 3600), default);
        Secrets.Add(made.Secret);
        return new(made.Secret);
    }

    /// <summary>Somebody opens a link in a browser.</summary>
    public async Task<Credentials> SignInAsync(string name, params string[] roles)
    {
        var link = await House.Client.CreateLinkAsync(new(name, roles), default);
        Secrets.Add(link.Code);
        using var answer = await OpenAsync(link.Code);
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        var session = new Credentials(Cookie: CookieOf(answer));
        Secrets.Add(session.Cookie!.Split('=')[1]);
        var me = await ReadAsync(await SendAsync("GET", "/api/access/me", session), WireJson.Default.MeInfo);
        return session with { Csrf = me.CsrfToken };
    }

    public Task<HttpResponseMessage> OpenAsync(string code, string back = "/")
        => SendAsync("POST", "/sign-in", Credentials.None, new FormUrlEncodedContent([new("code", code), new("return", back)]));

    public static string CookieOf(HttpResponseMessage answer) => Assert.Single(answer.Headers.GetValues("Set-Cookie")).Split(';')[0];

    /// <summary>Answers when the head is here: some answers have no end.</summary>
    public Task<HttpResponseMessage> SendAsync(string method, string path, Credentials by, HttpContent? body = null, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), Console + path) { Content = body };
        if (by.Token is not null) request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + by.Token);
        if (by.Cookie is not null) request.Headers.TryAddWithoutValidation("Cookie", by.Cookie);
        if (by.Csrf is not null) request.Headers.TryAddWithoutValidation("X-Csrf-Token", by.Csrf);
        foreach (var (name, value) in headers) Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        return _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    public static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    public static async Task<T> ReadAsync<T>(HttpResponseMessage answer, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
    {
        using (answer) return JsonSerializer.Deserialize(await answer.Content.ReadAsStringAsync(), type)!;
    }

    /// <summary>Status and the problem's code; null when it is no problem.</summary>
    public static async Task<(int Status, string? Code)> OutcomeAsync(Task<HttpResponseMessage> sent)
    {
        using var answer = await sent;
        var code = answer.Content.Headers.ContentType?.MediaType == "application/problem+json"
            ? JsonSerializer.Deserialize(await answer.Content.ReadAsStringAsync(), WireJson.Default.ProblemInfo)!.Code : null;
        return ((int)answer.StatusCode, code);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await House.DisposeAsync();
    }
}
