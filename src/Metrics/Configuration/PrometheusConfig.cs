using Fairway.Metrics.Model;
using Fairway.Metrics.Relabelling;

namespace Fairway.Metrics.Configuration;

/// <summary>What a <c>prometheus.yml</c> says, as far as we do it.</summary>
public sealed record PrometheusConfig
{
    /// <summary>Between two evaluations of rules.</summary>
    public TimeSpan EvaluationInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Added to what leaves this server.</summary>
    public Labels ExternalLabels { get; init; } = Labels.Empty;

    /// <summary>Rule files; may have wildcards.</summary>
    public ImmutableArray<string> RuleFiles { get; init; } = [];

    /// <summary>What to scrape.</summary>
    public ImmutableArray<ScrapeConfig> ScrapeConfigs { get; init; } = [];

    /// <summary>Where to write to.</summary>
    public ImmutableArray<RemoteWriteConfig> RemoteWrite { get; init; } = [];
}

/// <summary>How to talk to a server over HTTP.</summary>
public sealed record HttpClientConfig
{
    /// <summary>User of basic authentication.</summary>
    public string? User { get; init; }

    /// <summary>Password of basic authentication.</summary>
    public Secret? Password { get; init; }

    /// <summary>File with that password.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>Scheme of the Authorization header.</summary>
    public string AuthorizationScheme { get; init; } = "Bearer";

    /// <summary>Credentials of the Authorization header.</summary>
    public Secret? Credentials { get; init; }

    /// <summary>File with those credentials.</summary>
    public string? CredentialsFile { get; init; }

    /// <summary>More headers.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Redirects are followed.</summary>
    public bool FollowRedirects { get; init; } = true;

    /// <summary>A proxy; null: none.</summary>
    public string? ProxyUrl { get; init; }

    /// <summary>File with the certificates that are trusted; null: the system's.</summary>
    public string? CaFile { get; init; }

    /// <summary>File with our certificate.</summary>
    public string? CertFile { get; init; }

    /// <summary>File with its key.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Name that the server's certificate has to have; null: that of the address.</summary>
    public string? ServerName { get; init; }

    /// <summary>Certificates are not checked.</summary>
    public bool InsecureSkipVerify { get; init; }
}

/// <summary>One entry of <c>scrape_configs</c>.</summary>
public sealed record ScrapeConfig
{
    /// <summary>Name of the job; unique.</summary>
    public required string JobName { get; init; }

    /// <summary>Between two scrapes.</summary>
    public TimeSpan ScrapeInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a scrape may take.</summary>
    public TimeSpan ScrapeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Path of the metrics.</summary>
    public string MetricsPath { get; init; } = "/metrics";

    /// <summary>http or https.</summary>
    public string Scheme { get; init; } = "http";

    /// <summary>Parameters of the request.</summary>
    public ImmutableArray<KeyValuePair<string, ImmutableArray<string>>> Params { get; init; } = [];

    /// <summary>How to talk to targets.</summary>
    public HttpClientConfig Http { get; init; } = new();

    /// <summary>Bodies may be packed.</summary>
    public bool EnableCompression { get; init; } = true;

    /// <summary>Native histograms are asked for, which only the protobuf format carries.</summary>
    public bool NativeHistograms { get; init; }

    /// <summary>How bodies are read.</summary>
    public Scrape.ScrapeIngestOptions Ingest { get; init; } = new();

    /// <summary>Bytes of a body; zero: any number.</summary>
    public long BodySizeLimit { get; init; }

    /// <summary>Targets after relabelling; zero: any number. More fail all of them.</summary>
    public int TargetLimit { get; init; }

    /// <summary>Targets written here.</summary>
    public ImmutableArray<Scrape.TargetGroup> StaticConfigs { get; init; } = [];

    /// <summary>Files with targets, read again as they change; may have wildcards in their last part.</summary>
    public ImmutableArray<string> FileSd { get; init; } = [];

    /// <summary>What is done to every target.</summary>
    public RelabelRules Relabelling { get; init; } = RelabelRules.None;

    /// <summary>Text of everything but the choice of targets: while it stays the same, a new configuration leaves the targets' loops
    /// undisturbed. Empty: compared by reference.</summary>
    public string Identity { get; init; } = "";
}

/// <summary>One entry of <c>remote_write</c>.</summary>
public sealed record RemoteWriteConfig
{
    /// <summary>Where to.</summary>
    public required Uri Url { get; init; }

    /// <summary>For people; the address when none was given.</summary>
    public string Name { get; init; } = "";

    /// <summary>How long a request may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How to talk to it.</summary>
    public HttpClientConfig Http { get; init; } = new();

    /// <summary>What is done to every series before it is sent.</summary>
    public RelabelRules Relabelling { get; init; } = RelabelRules.None;

    /// <summary>Native histograms are sent.</summary>
    public bool SendNativeHistograms { get; init; } = true;

    /// <summary>Remote write 2.0 instead of 1.0.</summary>
    public bool Version2 { get; init; }

    /// <summary>Samples that wait at most; beyond that the oldest are dropped, and counted.</summary>
    public int Capacity { get; init; } = 500_000;

    /// <summary>Requests under way at once. A series always goes the same way, so its samples stay in order.</summary>
    public int Shards { get; init; } = 2;

    /// <summary>Samples of a request.</summary>
    public int MaxSamplesPerSend { get; init; } = 2000;

    /// <summary>How long samples wait for a request to fill.</summary>
    public TimeSpan BatchSendDeadline { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Before the first repetition.</summary>
    public TimeSpan MinBackoff { get; init; } = TimeSpan.FromMilliseconds(30);

    /// <summary>Before any repetition.</summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(5);
}
