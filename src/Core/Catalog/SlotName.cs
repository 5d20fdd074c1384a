using System.Text.Json.Serialization;

namespace Fairway.Catalog;

/// <summary>One of a service's two places for a release. The candidate's slot becomes the stable one; nothing is started anew at promotion.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SlotName>))]
public enum SlotName
{
    /// <summary>The first slot.</summary>
    A,

    /// <summary>The second slot.</summary>
    B,
}
