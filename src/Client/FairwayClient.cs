using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Fairway.Client.Wire;

namespace Fairway.Client;

/// <summary>
/// The control plane's API, typed. Every method throws <see cref="FairwayException"/> when the control plane is away or says no, with what
/// to do about it.
/// </summary>
public sealed partial class FairwayClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly string _who;

    /// <summary>A client for any handler that reaches the API.</summary>
    /// <param name="handler">Owned by the client.</param>
    /// <param name="who">Named when nothing answers, such as the data folder.</param>
    public FairwayClient(HttpMessageHandler handler, string who)
    {
        _who = who;
        _http = new HttpClient(handler) { BaseAddress = new Uri("http://fairway/api/"), Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>A client for the control plane of a data folder, over its Unix socket.</summary>
    public static FairwayClient For(DataFolder folder) => new(SocketHandler(folder), folder.Path);

    /// <summary>A client for a control plane that listens on TCP.</summary>
    /// <param name="address">Its address. A token goes over TLS or stays on this machine.</param>
    /// <param name="token">Sent with every call; null sends none.</param>
    /// <exception cref="FairwayException">The token would be readable on its way.</exception>
    public static FairwayClient For(Uri address, string? token = null)
    {
        if (token is not null && address.Scheme != Uri.UriSchemeHttps && !address.IsLoopback)
            throw new FairwayException("token-in-the-clear", $"a token would be readable on its way to {address}", "use https, or an SSH tunnel to 127.0.0.1", 400);
        var client = new FairwayClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(5) }, address.ToString());
        client._http.BaseAddress = new Uri(address, "/api/");
        if (token is not null && !client._http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "Bearer " + token))
            throw new FairwayException("token-invalid", "the token cannot be sent: it holds a character that no token has", "copy it again", 400);
        return client;
    }

    /// <summary>
    /// The client that the environment names: <c>FAIRWAY_SERVER</c> is another machine's control plane, asked with the token in <c>FAIRWAY_TOKEN</c>; without it, the
    /// data folder's.
    /// </summary>
    /// <exception cref="FairwayException">The address is none, or the token would be readable on its way.</exception>
    public static FairwayClient OfEnvironment(DataFolder folder)
    {
        if (Environment.GetEnvironmentVariable("FAIRWAY_SERVER") is not { Length: > 0 } server) return For(folder);
        return Uri.TryCreate(server, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? For(address, Environment.GetEnvironmentVariable("FAIRWAY_TOKEN") is { Length: > 0 } token ? token.Trim() : null)
            : throw new FairwayException("server-invalid", $"FAIRWAY_SERVER={server} is not an address", "write it as https://fairway.example.com", 400);
    }

    /// <summary>Whether a control plane answers.</summary>
    public async Task<bool> IsRunningAsync(CancellationToken cancellation)
    {
        try
        {
            using var answer = await _http.GetAsync("healthz", cancellation);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>The control plane, the edge and every service in a line.</summary>
    public Task<StatusInfo> GetStatusAsync(CancellationToken cancellation) => GetAsync("status", WireJson.Default.StatusInfo, cancellation);

    /// <summary>Every service in a line.</summary>
    public Task<IReadOnlyList<ServiceSummary>> GetServicesAsync(CancellationToken cancellation)
        => GetAsync("services", WireJson.Default.IReadOnlyListServiceSummary, cancellation);

    /// <summary>The full live view of one service.</summary>
    public Task<ServiceInfo> GetServiceAsync(string environment, string service, CancellationToken cancellation)
        => GetAsync($"services/{Escape(environment)}/{Escape(service)}", WireJson.Default.ServiceInfo, cancellation);

    /// <summary>
    /// Stores an artifact and makes a release of it, frozen with the service's present configuration. The same files under the same
    /// configuration are the same release.
    /// </summary>
    /// <param name="service">Such as <c>shop</c>.</param>
    /// <param name="version">For people; null is taken from the artifact's digest.</param>
    /// <param name="environment">Whose configuration is frozen; null is the only one that has the service.</param>
    /// <param name="tar">The files.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task<ReleaseInfo> CreateReleaseAsync(string service, string? version, string? environment, Stream tar, CancellationToken cancellation)
    {
        using var content = new StreamContent(tar);
        content.Headers.ContentType = new("application/x-tar");
        using var request = new HttpRequestMessage(HttpMethod.Post, Query("releases", ("service", service), ("version", version), ("environment", environment)));
        request.Content = content;
        return await SendAsync(request, WireJson.Default.ReleaseInfo, cancellation);
    }

    /// <summary>A service's releases, newest first.</summary>
    public Task<IReadOnlyList<ReleaseInfo>> GetReleasesAsync(string service, CancellationToken cancellation)
        => GetAsync(Query("releases", ("service", service)), WireJson.Default.IReadOnlyListReleaseInfo, cancellation);

    /// <summary>Asks for a release in an environment.</summary>
    public Task<DecisionAnswer> DeployAsync(DeployRequest deploy, CancellationToken cancellation)
        => PostAsync("rollouts", deploy, WireJson.Default.DeployRequest, WireJson.Default.DecisionAnswer, cancellation);

    /// <summary>A page of the history, newest first.</summary>
    /// <param name="service">Only this service; null is all.</param>
    /// <param name="environment">Only this environment; null is all.</param>
    /// <param name="cursor">From the page before; null is the first page.</param>
    /// <param name="limit">Rows, 1 to 500; null is 50.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public Task<RolloutPage> GetRolloutsAsync(string? service, string? environment, string? cursor, int? limit, CancellationToken cancellation)
        => GetAsync(
            Query("rollouts", ("service", service), ("environment", environment), ("cursor", cursor), ("limit", limit?.ToString(null, null))),
            WireJson.Default.RolloutPage, cancellation);

    /// <summary>One rollout with its plan.</summary>
    /// <param name="id"><c>environment/service/number</c>.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public Task<RolloutInfo> GetRolloutAsync(string id, CancellationToken cancellation)
        => GetAsync("rollouts/" + EscapePath(id), WireJson.Default.RolloutInfo, cancellation);

    /// <summary>Every decision of a rollout, in order, with its reason and numbers.</summary>
    /// <param name="id"><c>environment/service/number</c>.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public Task<ExplainInfo> ExplainAsync(string id, CancellationToken cancellation) => ExplainAsync(id, null, cancellation);

    /// <summary>The decisions of a rollout that come after a position in the ledger; null is all.</summary>
    public Task<ExplainInfo> ExplainAsync(string id, long? after, CancellationToken cancellation)
        => GetAsync(Query("rollouts/" + EscapePath(id) + "/explain", ("after", after?.ToString(System.Globalization.CultureInfo.InvariantCulture))), WireJson.Default.ExplainInfo, cancellation);

    /// <summary>A rollout's judgement computed again from the stored counts.</summary>
    /// <param name="id"><c>environment/service/number</c>.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public Task<ReplayInfo> ReplayAsync(string id, CancellationToken cancellation)
        => GetAsync("rollouts/" + EscapePath(id) + "/replay", WireJson.Default.ReplayInfo, cancellation);

    /// <summary>What another policy would have done to past rollouts.</summary>
    public Task<BacktestInfo> BacktestAsync(BacktestRequest request, CancellationToken cancellation)
        => PostAsync("judge/backtest", request, WireJson.Default.BacktestRequest, WireJson.Default.BacktestInfo, cancellation);

    /// <summary>Steers a service's rollout.</summary>
    public Task<DecisionAnswer> CommandAsync(string environment, string service, CommandRequest command, CancellationToken cancellation)
        => PostAsync($"services/{Escape(environment)}/{Escape(service)}/commands", command, WireJson.Default.CommandRequest, WireJson.Default.DecisionAnswer, cancellation);

    /// <summary>Reads the configuration file again; a broken one changes nothing and is refused with its mistakes.</summary>
    public Task<ConfigurationInfo> ReloadConfigurationAsync(CancellationToken cancellation)
        => PostAsync("configuration/reload", WireJson.Default.ConfigurationInfo, cancellation);

    /// <summary>Recomputes the ledger's hash chain.</summary>
    public Task<LedgerVerification> VerifyLedgerAsync(CancellationToken cancellation)
        => PostAsync("ledger/verify", WireJson.Default.LedgerVerification, cancellation);

    /// <summary>Derives the read models again from the records.</summary>
    public Task<LedgerRebuild> RebuildLedgerAsync(CancellationToken cancellation) => PostAsync("ledger/rebuild", WireJson.Default.LedgerRebuild, cancellation);

    /// <summary>Stops every workload and the edge, and then the control plane.</summary>
    public Task<DownInfo> DownAsync(CancellationToken cancellation) => PostAsync("down", WireJson.Default.DownInfo, cancellation);

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<T> DeleteAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, path);
        return await SendAsync(request, type, cancellation);
    }

    private async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return await SendAsync(request, type, cancellation);
    }

    private async Task<T> PostAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        return await SendAsync(request, type, cancellation);
    }

    private async Task<TAnswer> PostAsync<TBody, TAnswer>(
        string path, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<TAnswer> answerType, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Content = JsonContent.Create(body, bodyType);
        return await SendAsync(request, answerType, cancellation);
    }

    private async Task<T> SendAsync<T>(HttpRequestMessage request, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        using var answer = await OpenAsync(request, cancellation);
        try
        {
            await using var body = await answer.Content.ReadAsStreamAsync(cancellation);
            return await JsonSerializer.DeserializeAsync(body, type, cancellation) ?? throw new JsonException("null");
        }
        catch (Exception e) when (e is JsonException or IOException or HttpRequestException)
        {
            throw new FairwayException(
                "bad-answer", $"the control plane of {_who} answered something else than expected: {e.Message}",
                "check that `fairway` and the control plane are of the same version", (int)answer.StatusCode, inner: e);
        }
    }

    /// <summary>Sends and returns once the head of a good answer is here; anything else is thrown.</summary>
    private async Task<HttpResponseMessage> OpenAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        HttpResponseMessage answer;
        try
        {
            answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        }
        catch (HttpRequestException e) when (e.HttpRequestError is HttpRequestError.ConnectionError)
        {
            throw new FairwayException(FairwayException.NotRunning, $"no control plane is running for {_who}", "start one with `fairway up`", inner: e);
        }
        catch (HttpRequestException e)
        {
            throw new FairwayException("connection-lost", $"the control plane of {_who} went away: {e.Message}", "ask again; see `fairway status`", inner: e);
        }
        if (answer.IsSuccessStatusCode) return answer;
        using (answer) throw await ReadProblemAsync(answer, cancellation);
    }

    private static async Task<FairwayException> ReadProblemAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        var text = await answer.Content.ReadAsStringAsync(cancellation);
        try
        {
            if (JsonSerializer.Deserialize(text, WireJson.Default.ProblemInfo) is { } problem)
                return new(problem.Code, problem.Detail, problem.Mend, (int)answer.StatusCode, problem.Diagnostics) { Refused = problem.Refused, Why = problem.Why, Gate = problem.Gate };
        }
        catch (JsonException)
        {
            // Not ours: said below by its status.
        }
        return new("http-" + (int)answer.StatusCode, $"the control plane answered {(int)answer.StatusCode} {answer.ReasonPhrase}", status: (int)answer.StatusCode);
    }

    private static string Query(string path, params ReadOnlySpan<(string Name, string? Value)> query)
    {
        var separator = '?';
        foreach (var (name, value) in query)
        {
            if (value is null) continue;
            path += $"{separator}{name}={Escape(value)}";
            separator = '&';
        }
        return path;
    }

    private static string Escape(string part) => Uri.EscapeDataString(part);

    private static string EscapePath(string path) => string.Join('/', path.Split('/').Select(Escape));

    internal static SocketsHttpHandler SocketHandler(DataFolder folder) => new()
    {
        UseProxy = false,
        ConnectCallback = async (_, cancellation) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(folder.Socket), cancellation);
                PeerIdentity.CheckServer(socket, folder);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    };
}
