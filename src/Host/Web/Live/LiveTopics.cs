namespace Fairway.Web;

/// <summary>The live pages that somebody looks at, by what they show.</summary>
internal sealed class LiveTopics(TimeProvider time, Action<Exception> report, CancellationToken stopping)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, LiveTopic> _topics = new(StringComparer.Ordinal);

    /// <summary>Lets a viewer in.</summary>
    /// <param name="name">What is shown, and to whom where that makes a difference.</param>
    /// <param name="view">How it is drawn, for the first viewer.</param>
    public LiveTopic Join(string name, Func<LiveView> view)
    {
        lock (_gate)
        {
            if (!_topics.TryGetValue(name, out var topic)) _topics[name] = topic = new(view(), time, report, stopping);
            topic.Join();
            return topic;
        }
    }

    /// <summary>Lets a viewer go.</summary>
    public void Leave(string name)
    {
        lock (_gate)
        {
            if (_topics[name].Leave()) _topics.Remove(name);
        }
    }
}
