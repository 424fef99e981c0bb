"""From sequences to one vector each: pooling over tokens, strands, and a cache that is never computed twice."""
