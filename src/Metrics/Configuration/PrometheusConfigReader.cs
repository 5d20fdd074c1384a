using Fairway.Metrics.Model;
using Fairway.Metrics.Relabelling;
using Fairway.Metrics.Scrape;

namespace Fairway.Metrics.Configuration;

/// <summary>Reads a <c>prometheus.yml</c> (Prometheus, "Configuration").</summary>
public static class PrometheusConfigReader
{
    private static readonly string[] NotDone = ["alerting", "remote_read", "storage", "tracing", "otlp", "scrape_config_files"];

    /// <summary>Reads it.</summary>
    /// <param name="root">The whole file.</param>
    /// <param name="warnings">Parts that are read over.</param>
    /// <returns>The configuration, of use only when there is no problem; and all problems.</returns>
    public static (PrometheusConfig Config, IReadOnlyList<ConfigProblem> Problems) Read(ConfigNode root, out IReadOnlyList<string> warnings)
    {
        var problems = new List<ConfigProblem>();
        var file = new ConfigSection(root, "", problems);
        var global = file.Section("global");
        var (interval, timeout) = (TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(10));
        var config = new PrometheusConfig { RuleFiles = file.Texts("rule_files") };
        if (global is not null)
        {
            interval = global.Duration("scrape_interval", interval);
            timeout = global.Duration("scrape_timeout", timeout < interval ? timeout : interval);
            if (timeout > interval) global.Problem("scrape_timeout", "is longer than scrape_interval");
            config = config with
            {
                EvaluationInterval = global.Duration("evaluation_interval", TimeSpan.FromMinutes(1)),
                ExternalLabels = LabelsOf(global.Pairs("external_labels")),
            };
            foreach (var key in new[] { "query_log_file", "rule_query_offset", "scrape_protocols", "metric_name_validation_scheme" }) global.Ignore(key);
            var limits = Limits(global, new());
            global.End();
            config = config with { ScrapeConfigs = [.. Scrapes(file, interval, timeout, limits)] };
        }
        else
        {
            config = config with { ScrapeConfigs = [.. Scrapes(file, interval, timeout, new())] };
        }

        foreach (var twice in config.ScrapeConfigs.GroupBy(c => c.JobName, StringComparer.Ordinal).Where(g => g.Key.Length > 0 && g.Count() > 1))
            file.Problem("scrape_configs", $"job_name \"{twice.Key}\" is given twice; job names are unique");
        config = config with { RemoteWrite = [.. file.Sections("remote_write").Select(RemoteWrite)] };
        warnings = [.. NotDone.Where(file.Has).Select(k => $"{k} is read over: this engine does not do it")];
        foreach (var key in NotDone) file.Ignore(key);
        file.End();
        return (config, problems);
    }

    /// <summary>Reads a file of targets: a list of groups.</summary>
    public static (ImmutableArray<TargetGroup> Groups, IReadOnlyList<ConfigProblem> Problems) ReadTargets(ConfigNode root, string file)
    {
        var problems = new List<ConfigProblem>();
        var groups = ImmutableArray.CreateBuilder<TargetGroup>();
        if (root is ConfigList list)
        {
            foreach (var (i, item) in list.Items.Index()) groups.Add(Group(new(item, $"[{i}]", problems), $"{file}:{i}", [new("__meta_filepath", file)]));
        }
        else if (root is not ConfigText { Text: "" })
        {
            problems.Add(new(root.Line, root.Column, "", "expected a list of target groups"));
        }

        return (groups.ToImmutable(), problems);
    }

    private static IEnumerable<ScrapeConfig> Scrapes(ConfigSection file, TimeSpan interval, TimeSpan timeout, ScrapeIngestOptions limits) =>
        file.Sections("scrape_configs").Select(s => Scrape(s, interval, timeout, limits));

    private static ScrapeConfig Scrape(ConfigSection section, TimeSpan globalInterval, TimeSpan globalTimeout, ScrapeIngestOptions limits)
    {
        var interval = section.Duration("scrape_interval", globalInterval);
        var timeout = section.Duration("scrape_timeout", globalTimeout < interval ? globalTimeout : interval);
        if (interval <= TimeSpan.Zero) section.Problem("scrape_interval", "must be longer than 0");
        if (timeout > interval) section.Problem("scrape_timeout", "is longer than scrape_interval");
        var config = new ScrapeConfig
        {
            JobName = section.Text("job_name", ""),
            ScrapeInterval = interval,
            ScrapeTimeout = timeout,
            MetricsPath = section.Text("metrics_path", "/metrics"),
            Scheme = section.Text("scheme", "http"),
            Params = Params(section.Section("params")),
            Http = Http(section),
            EnableCompression = section.Flag("enable_compression", true),
            NativeHistograms = section.Flag("scrape_native_histograms", false) || section.Texts("scrape_protocols").Contains("PrometheusProto", StringComparer.Ordinal),
            Ingest = Limits(section, limits) with
            {
                HonorLabels = section.Flag("honor_labels", false),
                HonorTimestamps = section.Flag("honor_timestamps", true),
                TrackTimestampsStaleness = section.Flag("track_timestamps_staleness", false),
                AlwaysScrapeClassicHistograms = section.Flag("always_scrape_classic_histograms", section.Flag("scrape_classic_histograms", false)),
                MetricRelabelling = Relabelling(section, "metric_relabel_configs"),
                ExtraMetrics = section.Flag("extra_scrape_metrics", false),
            },
            BodySizeLimit = section.Size("body_size_limit"),
            TargetLimit = section.Number("target_limit", 0),
            StaticConfigs = [.. section.Sections("static_configs").Select((s, i) => Group(s, i.ToString(System.Globalization.CultureInfo.InvariantCulture), []))],
            FileSd = [.. section.Sections("file_sd_configs").SelectMany(s => Files(s))],
            Relabelling = Relabelling(section, "relabel_configs"),
            Identity = $"{interval}\n{timeout}\n{limits}\n{section.Render("static_configs", "file_sd_configs", "relabel_configs", "target_limit")}",
        };
        if (config.JobName.Length == 0) section.Problem("job_name", "is missing");
        if (config.Scheme is not ("http" or "https")) section.Problem("scheme", $"\"{config.Scheme}\" is neither http nor https");
        foreach (var key in new[] { "fallback_scrape_protocol", "metric_name_validation_scheme", "metric_name_escaping_scheme", "keep_dropped_targets", "native_histogram_bucket_limit", "native_histogram_min_bucket_factor", "convert_classic_histograms_to_nhcb", "scrape_failure_log_file" })
            section.Ignore(key);
        foreach (var key in section.Keys.Where(k => k.EndsWith("_sd_configs", StringComparison.Ordinal) && k != "file_sd_configs"))
        {
            section.Ignore(key);
            section.Problem(key, "is not done by this engine; use static_configs or file_sd_configs");
        }

        section.End();
        return config;
    }

    private static ScrapeIngestOptions Limits(ConfigSection section, ScrapeIngestOptions otherwise) => otherwise with
    {
        SampleLimit = section.Number("sample_limit", otherwise.SampleLimit),
        LabelLimit = section.Number("label_limit", otherwise.LabelLimit),
        LabelNameLengthLimit = section.Number("label_name_length_limit", otherwise.LabelNameLengthLimit),
        LabelValueLengthLimit = section.Number("label_value_length_limit", otherwise.LabelValueLengthLimit),
    };

    private static ImmutableArray<string> Files(ConfigSection section)
    {
        var files = section.Texts("files");
        if (files.IsEmpty) section.Problem("files", "is missing");
        foreach (var file in files)
        {
            if (Path.GetExtension(file).ToLowerInvariant() is not (".json" or ".yml" or ".yaml")) section.Problem("files", $"\"{file}\" ends in none of .json, .yml and .yaml");
        }

        section.Ignore("refresh_interval");
        section.End();
        return files;
    }

    private static TargetGroup Group(ConfigSection section, string source, ImmutableArray<Label> extra)
    {
        var targets = section.Texts("targets");
        foreach (var target in targets.Where(t => t.Contains('/', StringComparison.Ordinal))) section.Problem("targets", $"\"{target}\" is no host and port; scheme and metrics_path have fields of their own");
        var group = new TargetGroup(source, targets, [.. section.Pairs("labels").Select(p => new Label(p.Key, p.Value)), .. extra]);
        section.End();
        return group;
    }

    private static ImmutableArray<KeyValuePair<string, ImmutableArray<string>>> Params(ConfigSection? section) =>
        section is null ? [] : [.. section.Keys.ToArray().Select(k => KeyValuePair.Create(k, section.Texts(k)))];

    private static HttpClientConfig Http(ConfigSection section)
    {
        var (basic, authorization, tls) = (section.Section("basic_auth"), section.Section("authorization"), section.Section("tls_config"));
        var http = new HttpClientConfig
        {
            User = basic?.Text("username", ""),
            Password = basic?.Password("password"),
            PasswordFile = basic?.Text("password_file", "") is { Length: > 0 } passwordFile ? passwordFile : null,
            AuthorizationScheme = authorization?.Text("type", "Bearer") ?? "Bearer",
            Credentials = authorization?.Password("credentials") ?? section.Password("bearer_token"),
            CredentialsFile = authorization?.Text("credentials_file", "") is { Length: > 0 } file ? file : section.Text("bearer_token_file", "") is { Length: > 0 } bearer ? bearer : null,
            Headers = section.Pairs("headers"),
            FollowRedirects = section.Flag("follow_redirects", true),
            ProxyUrl = section.Text("proxy_url", "") is { Length: > 0 } proxy ? proxy : null,
            CaFile = tls?.Text("ca_file", "") is { Length: > 0 } ca ? ca : null,
            CertFile = tls?.Text("cert_file", "") is { Length: > 0 } cert ? cert : null,
            KeyFile = tls?.Text("key_file", "") is { Length: > 0 } key ? key : null,
            ServerName = tls?.Text("server_name", "") is { Length: > 0 } name ? name : null,
            InsecureSkipVerify = tls?.Flag("insecure_skip_verify", false) ?? false,
        };
        if (http.User is not null && (http.Credentials is not null || http.CredentialsFile is not null)) section.Problem("basic_auth", "and authorization exclude each other");
        if (http.ProxyUrl is not null && !Uri.TryCreate(http.ProxyUrl, UriKind.Absolute, out _)) section.Problem("proxy_url", "is no address");
        if ((http.CertFile is null) != (http.KeyFile is null)) section.Problem("tls_config", "needs cert_file and key_file together");
        section.Ignore("enable_http2");
        basic?.End();
        authorization?.End();
        tls?.End();
        return http;
    }

    private static RelabelRules Relabelling(ConfigSection section, string key)
    {
        var rules = section.Sections(key).Select(Rule).ToArray();
        return rules.Length == 0 ? RelabelRules.None : new(rules);
    }

    private static RelabelRule Rule(ConfigSection section)
    {
        var rule = new RelabelRule
        {
            SourceLabels = section.Texts("source_labels"),
            Separator = section.Text("separator", ";"),
            Modulus = section.Modulus("modulus"),
            TargetLabel = section.Text("target_label", ""),
            Replacement = section.Text("replacement", "$1"),
        };
        var word = section.Text("action", "replace");
        if (Enum.TryParse<RelabelAction>(word, ignoreCase: true, out var action) && !char.IsAsciiDigit(word[0])) rule = rule with { Action = action };
        else section.Problem("action", $"\"{word}\" is no action; known: {string.Join(", ", Enum.GetNames<RelabelAction>().Select(n => n.ToLowerInvariant()))}");
        if (section.Text("regex", "") is { Length: > 0 } regex)
        {
            try
            {
                rule = rule with { Regex = LabelPattern.Parse(regex) };
            }
            catch (FormatException e)
            {
                section.Problem("regex", e.Message);
            }
        }

        if (rule.Check() is { } fault) section.Problem("action", fault);
        section.End();
        return rule;
    }

    private static RemoteWriteConfig RemoteWrite(ConfigSection section)
    {
        var text = section.Text("url", "");
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https")) section.Problem("url", text.Length == 0 ? "is missing" : $"\"{text}\" is no http address");
        var message = section.Text("protobuf_message", "prometheus.WriteRequest");
        if (message is not ("prometheus.WriteRequest" or "io.prometheus.write.v2.Request")) section.Problem("protobuf_message", $"\"{message}\" is neither prometheus.WriteRequest nor io.prometheus.write.v2.Request");
        var config = new RemoteWriteConfig
        {
            Url = url ?? new("http://invalid.invalid"),
            Name = section.Text("name", ""),
            Timeout = section.Duration("remote_timeout", TimeSpan.FromSeconds(30)),
            Http = Http(section),
            Relabelling = Relabelling(section, "write_relabel_configs"),
            SendNativeHistograms = section.Flag("send_native_histograms", true),
            Version2 = message != "prometheus.WriteRequest",
        };
        foreach (var key in new[] { "send_exemplars", "metadata_config", "round_robin_dns" }) section.Ignore(key);
        if (section.Section("queue_config") is { } queue)
        {
            config = config with
            {
                Capacity = queue.Number("capacity", config.Capacity),
                Shards = Math.Clamp(queue.Number("max_shards", config.Shards), 1, 64),
                MaxSamplesPerSend = Math.Max(1, queue.Number("max_samples_per_send", config.MaxSamplesPerSend)),
                BatchSendDeadline = queue.Duration("batch_send_deadline", config.BatchSendDeadline),
                MinBackoff = queue.Duration("min_backoff", config.MinBackoff),
                MaxBackoff = queue.Duration("max_backoff", config.MaxBackoff),
            };
            foreach (var key in new[] { "min_shards", "retry_on_http_429", "sample_age_limit" }) queue.Ignore(key);
            queue.End();
        }

        section.End();
        return config;
    }

    private static Labels LabelsOf(ImmutableArray<KeyValuePair<string, string>> pairs) => Labels.Of(pairs.DistinctBy(p => p.Key, StringComparer.Ordinal).Select(p => new Label(p.Key, p.Value)));
}
