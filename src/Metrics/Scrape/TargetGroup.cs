using Fairway.Metrics.Model;

namespace Fairway.Metrics.Scrape;

/// <summary>Targets that discovery found together.</summary>
/// <param name="Source">Where they were found; a later group of the same source takes its place.</param>
/// <param name="Targets">Host and port of each.</param>
/// <param name="Labels">Of all of them.</param>
public sealed record TargetGroup(string Source, ImmutableArray<string> Targets, ImmutableArray<Label> Labels);

/// <summary>What is scraped.</summary>
/// <param name="Job">Name of the scrape config.</param>
/// <param name="Discovered">Labels before relabelling.</param>
/// <param name="Labels">Labels of its samples.</param>
/// <param name="Url">Address of the metrics.</param>
/// <param name="Interval">Between two scrapes.</param>
/// <param name="Timeout">Of a scrape.</param>
public sealed record ScrapeTarget(string Job, Labels Discovered, Labels Labels, Uri Url, TimeSpan Interval, TimeSpan Timeout)
{
    /// <summary>A number that is the same for the same labels and address in every process: spreads the targets over the
    /// interval.</summary>
    public ulong Hash
    {
        get
        {
            // FNV-1a
            var hash = 14695981039346656037UL;
            foreach (var c in Labels + Url.AbsoluteUri) hash = (hash ^ c) * 1099511628211;
            return hash;
        }
    }
}

/// <summary>What relabelling made of the discovered targets.</summary>
/// <param name="Active">To be scraped; each once.</param>
/// <param name="Dropped">Labels of those that rules dropped.</param>
/// <param name="Problems">Those that cannot be scraped, and why.</param>
public sealed record TargetSet(ImmutableArray<ScrapeTarget> Active, ImmutableArray<Labels> Dropped, ImmutableArray<string> Problems);
